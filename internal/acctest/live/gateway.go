package live

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
)

// gateway serves the namespace of one test.
type gateway struct {
	namespace
	up *upstream

	mu       sync.Mutex
	tokens   map[string]string // tokens of the test -> tokens of the control plane
	created  map[string]int    // ID of an application that the test created -> number of secrets issued
	rules    map[string]bool   // IDs of the rules that the test created
	creators map[string]string // ID of an application or a rule -> creator that the test named
	issued   []string          // secrets and tokens
	violated []string          // requests that were refused here
	counts   map[string]int
	log      []mockserver.LoggedRequest
}

func newGateway(up *upstream) *gateway {
	return &gateway{
		namespace: newNamespace(up.ClientID), up: up,
		tokens: map[string]string{}, created: map[string]int{}, rules: map[string]bool{}, creators: map[string]string{}, counts: map[string]int{},
	}
}

// patterns names the routes as the mock does.
var patterns = sync.OnceValue(func() *http.ServeMux {
	mux := http.NewServeMux()
	for _, route := range mockserver.Routes() {
		mux.Handle(route.Method+" "+route.Pattern, http.NotFoundHandler())
	}
	return mux
})

// routeOf returns the route of a request, and its variable part.
func routeOf(r *http.Request) (route, id string) {
	_, pattern := patterns().Handler(r)
	if _, route, _ = strings.Cut(pattern, " "); route == "" {
		return "unmatched", ""
	}
	if before, after, open := strings.Cut(route, "{id}"); open {
		id = strings.TrimSuffix(strings.TrimPrefix(r.URL.EscapedPath(), before), after)
	}
	return route, id
}

// ServeHTTP implements [http.Handler].
func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	route, id := routeOf(r)
	g.mu.Lock()
	g.counts[r.Method+" "+route]++
	g.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has disconnected
	}
	got, err := g.serve(&exchange{Request: r, route: route, id: id, body: body})
	if err != nil {
		if r.Context().Err() != nil {
			return
		}
		got = response{status: http.StatusBadGateway, body: []byte(err.Error())} // as a gateway would
	}
	g.mu.Lock()
	g.log = append(g.log, mockserver.LoggedRequest{Method: r.Method, Path: r.URL.Path, Route: route, Status: got.status})
	g.mu.Unlock()
	for _, name := range []string{"Content-Type", "Date", "Retry-After"} {
		if value := got.header.Get(name); value != "" {
			w.Header().Set(name, value)
		}
	}
	w.WriteHeader(got.status)
	_, _ = w.Write(got.body)
}

// exchange is a request with its body read.
type exchange struct {
	*http.Request
	route, id string
	body      []byte
}

func (e *exchange) isRead() bool { return e.Method == http.MethodGet }

func (g *gateway) serve(e *exchange) (response, error) {
	switch collection := strings.TrimSuffix(strings.TrimSuffix(e.route, "/secret"), "/{id}"); {
	case e.route == tokenV1Path, e.route == tokenV2Path, e.route == tokenLegacyPath:
		return g.signIn(e)
	case e.route == appsPath+"/installer":
		return g.forward(e, nil)
	case collection == accountsPath, collection == appsPath, collection == legacyPath:
		return g.application(e, collection)
	case e.route == rulesPath && e.isRead():
		return g.listRules(e)
	case e.route == rulesPath, e.route == rulesPath+"/{id}":
		return g.rule(e)
	case e.route == ownRulesPath:
		return g.forward(e, func(v any) bool {
			for _, rule := range objects(member(v, "accessRules", "accessRules")) {
				g.showRule(rule)
			}
			return true
		})
	case e.isRead(), e.route == "/api/v1/authorization/permitted-scopes":
		return g.forward(e, nil)
	}
	return g.refuse(e), nil
}

// forward sends a request to the control plane, and translates the response. A translation that returns false hides the
// object.
func (g *gateway) forward(e *exchange, translate func(any) bool) (response, error) {
	path := e.URL.EscapedPath()
	if e.URL.RawQuery != "" {
		path += "?" + e.URL.RawQuery
	}
	got, err := g.up.send(e.Context(), e.Method, path, e.Header.Get("Content-Type"), g.authorization(e), e.body)
	if err != nil {
		return got, err
	}
	return g.translate(got, translate), nil
}

func (g *gateway) translate(got response, translate func(any) bool) response {
	if got.status >= 300 { // the message may name an object
		got.body = bytes.ReplaceAll(got.body, []byte(g.prefix), nil)
		return got
	}
	var v any
	if translate == nil || got.decode(&v) != nil {
		return got
	}
	if list, isList := v.([]any); isList {
		visible := []any{}
		for _, entry := range list {
			if translate(entry) {
				visible = append(visible, entry)
			}
		}
		v = visible
	} else if !translate(v) {
		return notFound
	}
	got.body, _ = json.Marshal(v) // cannot fail: it was decoded above
	return got
}

// show translates an application for the test; false hides it.
func (g *gateway) show(app map[string]any) bool {
	visible := g.namespace.application(app)
	g.setCreator(app, idOf(app))
	return visible
}

// showRule translates an access rule for the test; false hides it.
func (g *gateway) showRule(rule map[string]any) bool {
	visible := g.namespace.rule(rule)
	g.setCreator(rule, "rule "+text(rule["id"]))
	return visible
}

func (g *gateway) setCreator(object map[string]any, key string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if by, ok := g.creators[key]; ok && object["createdBy"] != nil {
		object["createdBy"] = by
	}
}

func apiError(status int, message string) response {
	body, _ := json.Marshal(map[string]any{"code": status, "message": message}) // never fails
	return response{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: body}
}

var notFound = apiError(http.StatusNotFound, "Resource id not found.")

// refuse refuses a request that would change an object of the caller. The test fails when the plane is closed.
func (g *gateway) refuse(e *exchange) response {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.violated = append(g.violated, e.Method+" "+e.URL.Path)
	return apiError(http.StatusForbidden, "The test may not change what it has not created.")
}

// application serves requests for applications.
func (g *gateway) application(e *exchange, collection string) (response, error) {
	translate := func(v any) bool {
		app, ok := v.(map[string]any)
		return ok && g.show(app)
	}
	switch {
	case e.isRead():
		return g.forward(e, translate)
	case e.route == collection: // create
		var sent map[string]any
		if decodeJSON(e.body, &sent) == nil {
			if name, ok := sent["name"].(string); ok {
				sent["name"] = g.prefix + name
				e.body, _ = json.Marshal(sent) // cannot fail: it was decoded above
			}
		}
		return g.forward(e, func(v any) bool {
			app, _ := v.(map[string]any)
			g.keepSecret(idOf(app), app)
			return translate(v)
		})
	}
	g.mu.Lock()
	_, own := g.created[e.id]
	g.mu.Unlock()
	if !own {
		return g.notOwn(e)
	}
	if e.Method == http.MethodPut {
		var sent map[string]any
		if decodeJSON(e.body, &sent) == nil {
			if name, ok := sent["name"].(string); ok {
				sent["name"] = g.outside(name)
				e.body, _ = json.Marshal(sent) // cannot fail: it was decoded above
			}
		}
	}
	return g.forward(e, func(v any) bool {
		app, _ := v.(map[string]any)
		if strings.HasSuffix(e.route, "/secret") {
			g.keepSecret(e.id, app)
		}
		g.show(app)
		return true
	})
}

// notOwn responds to a request that would change an application that the test did not create: with 403 if it is the
// caller's, otherwise with 404.
func (g *gateway) notOwn(e *exchange) (response, error) {
	apps, err := g.up.applications(e.Context())
	if err != nil {
		return response{}, err
	}
	for _, app := range apps {
		if idOf(app) == e.id && app["name"] == g.caller {
			return g.refuse(e), nil
		}
	}
	return notFound, nil
}

// keepSecret counts a secret that the control plane has issued.
func (g *gateway) keepSecret(id string, app map[string]any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if id != "" {
		g.created[id]++
	}
	for _, name := range []string{"secret", "clientSecret"} {
		if secret, ok := app[name].(string); ok && secret != "" {
			g.issued = append(g.issued, secret)
		}
	}
}

// rule serves the creation of an access rule, and the requests for one.
func (g *gateway) rule(e *exchange) (response, error) {
	translate := func(v any) bool {
		rule, ok := v.(map[string]any)
		return ok && g.showRule(rule)
	}
	switch e.Method {
	case http.MethodGet:
		return g.forward(e, translate)
	case http.MethodPost:
		var sent map[string]any
		_ = decodeJSON(e.body, &sent) // a body that is no object has no subject
		subject, _ := sent["subjectId"].(string)
		if subject == "" || subject == testClientID {
			return g.refuse(e), nil
		}
		sent["subjectId"] = g.outside(subject)
		e.body, _ = json.Marshal(sent) // cannot fail: it was decoded above
		return g.forward(e, func(v any) bool {
			g.mu.Lock()
			g.rules[fmt.Sprint(member(v, "id"))] = true
			g.mu.Unlock()
			return translate(v)
		})
	}
	g.mu.Lock()
	own := g.rules[e.id]
	g.mu.Unlock()
	if own {
		return g.forward(e, nil)
	}
	look, err := g.up.call(e.Context(), http.MethodGet, e.URL.EscapedPath())
	var found map[string]any
	if err == nil && look.status == http.StatusOK && look.decode(&found) == nil && found["subjectId"] == g.caller {
		return g.refuse(e), nil
	}
	return notFound, err
}

// listRules serves a page of the visible rules. It reads all pages of the control plane.
func (g *gateway) listRules(e *exchange) (response, error) {
	q := e.URL.Query()
	limit, err := strconv.Atoi(q.Get("limit"))
	if q.Get("limit") == "" {
		limit = 50
	} else if err != nil || limit < 1 || limit > pageSize {
		return g.forward(e, func(any) bool { return false }) // the control plane should refuse it
	}
	offset, err := strconv.Atoi(q.Get("offset"))
	if err != nil || offset < 0 {
		offset = 0
	}
	if value := q.Get("filterBy"); value != "" {
		q.Set("filterBy", g.filter(value))
	}
	if value := q.Get("subjectIds"); value != "" {
		q.Set("subjectIds", g.list(value))
	}
	list, refused, err := g.up.rules(e.Context(), q, g.authorization(e))
	if err != nil {
		return response{}, err
	}
	if refused != nil {
		return g.translate(*refused, nil), nil
	}
	visible := []map[string]any{}
	for _, rule := range list {
		if g.showRule(rule) {
			visible = append(visible, rule)
		}
	}
	page := visible[min(offset, len(visible)):min(offset+limit, len(visible))]
	body, err := json.Marshal(map[string]any{"totalRecords": len(visible), "displayRecords": len(page), "accessRules": page})
	return response{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json"}}, body: body}, err
}

// member returns a member of nested objects.
func member(v any, names ...string) any {
	for _, name := range names {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}

// objects returns the objects of an array.
func objects(v any) (all []map[string]any) {
	list, _ := v.([]any)
	for _, entry := range list {
		if object, ok := entry.(map[string]any); ok {
			all = append(all, object)
		}
	}
	return all
}
