package runai

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"sync"

	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/listcache"
	"github.com/runai-community/terraform-provider-runai/internal/runai/internal/rest"
)

// Cluster is a cluster that is attached to the control plane.
type Cluster struct {
	ID      string // the uuid
	Name    string
	Version string // of the cluster, not of the control plane; may be empty
	State   string // Connected, Disconnected, WaitingToConnect, …; may be empty
	Domain  string // may be empty
}

// ClusterConnected is the state of a cluster that rules can be rolled out to.
const ClusterConnected = "Connected"

// Clusters are the clusters of a tenant.
type Clusters struct {
	session *session
	list    *listcache.Cache[Cluster]
}

func newClusters(s *session) *Clusters {
	c := &Clusters{session: s}
	c.list = listcache.New(listcache.Source[Cluster]{
		Key:   clusterID,
		Pages: func() func(context.Context) (listcache.Page[Cluster], error) { return c.page },
		Now:   s.Config.Now, NotFound: ErrNotFound, Forbidden: ErrForbidden,
	})
	return c
}

// List returns all clusters. The list is cached for half a minute.
func (s *Clusters) List(ctx context.Context) ([]Cluster, error) {
	l, err := s.list.List(ctx, listcache.Recent)
	return l.Items, err
}

// Reload returns all clusters, from a new list.
func (s *Clusters) Reload(ctx context.Context) ([]Cluster, error) {
	l, err := s.page(ctx)
	return l.Items, err
}

// ByName returns the cluster with a name. Errors are NotFoundError and AmbiguousError.
func (s *Clusters) ByName(ctx context.Context, name string) (Cluster, error) {
	all, err := s.List(ctx)
	if err != nil {
		return Cluster{}, err
	}
	return s.lookup().byName(name, all)
}

// ByID returns the cluster of a UUID; the error is NotFoundError if there is none.
func (s *Clusters) ByID(ctx context.Context, id string) (Cluster, error) {
	all, err := s.List(ctx)
	if err != nil {
		return Cluster{}, err
	}
	return s.lookup().byID(id, all)
}

func (s *Clusters) lookup() lookup[Cluster] {
	return lookup[Cluster]{
		object: "cluster",
		server: s.session.BaseURL(),
		hint:   "use the ID to choose one",
		id:     func(c Cluster) string { return c.ID },
		name:   func(c Cluster) string { return c.Name },
	}
}

// names returns a function that describes a cluster by its name and its ID, or only by
// its ID if the caller is not permitted to list clusters. The first call lists the
// clusters.
func (s *Clusters) names(ctx context.Context) func(id string) string {
	names := sync.OnceValue(func() map[string]string {
		clusters, _ := s.List(ctx) // the names are a courtesy
		names := make(map[string]string, len(clusters))
		for _, cluster := range clusters {
			names[cluster.ID] = cluster.Name
		}
		return names
	})
	return func(id string) string {
		if name := names()[id]; name != "" {
			return name + " (" + id + ")"
		}
		return id
	}
}

// page requests the list, in one response and in the full form, since the short one
// lacks the state.
func (s *Clusters) page(ctx context.Context) (listcache.Page[Cluster], error) {
	p := pager[Cluster]{fetch: func(ctx context.Context, _ int) (page[Cluster], error) {
		var list []json.RawMessage
		err := s.session.Send(ctx, rest.Request{
			Operation: "list the clusters", Rule: rest.Repeatable,
			Method: http.MethodGet, Path: "/api/v1/clusters", Query: url.Values{"verbosity": {"full"}},
		}, &list)
		return page[Cluster]{rows: decodeRows(list, clusterID, wireCluster.cluster)}, err
	}}
	return p.next(ctx)
}

func clusterID(c Cluster) string { return c.ID }

type wireCluster struct {
	UUID    string `json:"uuid"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Domain  string `json:"domain"`
	Status  *struct {
		State string `json:"state"`
	} `json:"status"`
	DeletedAt nullTime `json:"deletedAt"`
}

func (w wireCluster) cluster() (c Cluster, exists bool) {
	c = Cluster{ID: w.UUID, Name: w.Name, Version: w.Version, Domain: w.Domain}
	if w.Status != nil {
		c.State = w.Status.State
	}
	return c, w.DeletedAt.IsZero()
}
