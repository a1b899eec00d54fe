package conform

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// signInProbes test for each grant whether it accepts the caller's credentials.
func signInProbes() []probe {
	var probes []probe
	for _, g := range grants {
		probes = append(probes, probe{g.name, "Is the grant accepted, and what does it return?", func(ctx context.Context, s *session) (string, error) {
			if s.secret == "" {
				return "", notTested("it needs a client ID and a secret")
			}
			resp, _, err := s.signIn(ctx, g, s.clientID, s.secret)
			if err != nil {
				return "", unanswered(ctx, err)
			}
			return resp.describeMembers(), nil
		}})
	}
	return probes
}

// refusedBy signs in as an application that does not exist, so that no account can be locked.
func refusedBy(g grant) func(context.Context, *session) (string, error) {
	return func(ctx context.Context, s *session) (string, error) {
		resp, _, err := s.signIn(ctx, g, nobody, "invalid")
		if err != nil {
			return "", unanswered(ctx, err)
		}
		return resp.describe(), nil
	}
}

func tokenLifetime(_ context.Context, s *session) (string, error) {
	from, err := strconv.ParseInt(text(s.claims["iat"]), 10, 64)
	if err != nil {
		return "", notTested("the token has no time of issue")
	}
	until, err := strconv.ParseInt(text(s.claims["exp"]), 10, 64)
	if err != nil {
		return "", notTested("the token has no expiry")
	}
	return (time.Duration(until-from) * time.Second).String(), nil
}

func tokenParty(_ context.Context, s *session) (string, error) {
	if s.secret == "" {
		return "", notTested("it needs a client ID and a secret")
	}
	var names []string
	for _, claim := range []string{"azp", "client_id", "clientId", "sub", "preferred_username"} {
		if text(s.claims[claim]) == s.clientID {
			names = append(names, claim)
		}
	}
	if len(names) == 0 {
		return "none", nil
	}
	return strings.Join(names, ", "), nil
}

func tokenClock(ctx context.Context, s *session) (string, error) {
	if s.grant == nil {
		return "", notTested("it needs a client ID and a secret")
	}
	resp, token, err := s.signIn(ctx, *s.grant, s.clientID, s.secret)
	if err != nil {
		return "", unanswered(ctx, err)
	}
	issued, err := strconv.ParseInt(text(tokenClaims(token)["iat"]), 10, 64)
	if err != nil {
		return "", notTested("the token has no time of issue")
	}
	return skew(resp, time.Unix(issued, 0))
}

// signInApp signs the application in, with the grant that the caller used or the first one that works.
func (s *session) signInApp(ctx context.Context, id string) (response, string, error) {
	if err := s.app.require(); err != nil {
		return response{}, "", err
	}
	if s.app.secret == "" {
		return response{}, "", notTested("the secret is unknown")
	}
	try := grants
	if s.grant != nil {
		try = []grant{*s.grant}
	}
	var resp response
	for _, g := range try {
		var token string
		var err error
		if resp, token, err = s.signIn(ctx, g, id, s.app.secret); err != nil {
			return resp, "", unanswered(ctx, err)
		}
		if token != "" {
			s.grant = &g
			return resp, token, nil
		}
	}
	return resp, "", nil
}

func (s *session) describeSignIn(ctx context.Context, id string) (string, error) {
	resp, token, err := s.signInApp(ctx, id)
	switch {
	case err != nil:
		return "", err
	case token != "":
		return "accepted", nil
	}
	return "refused: " + resp.describe(), nil
}

func signInWithName(ctx context.Context, s *session) (string, error) {
	resp, token, err := s.signInApp(ctx, s.app.name)
	switch {
	case err != nil:
		return "", err
	case token != "":
		s.app.token = token
		return "accepted", nil
	}
	return "refused: " + resp.describe(), nil
}

// signInWithID runs only if the name works: otherwise the grant is unknown.
func signInWithID(ctx context.Context, s *session) (string, error) {
	if s.app.token == "" {
		return "", notTested("the application cannot sign in")
	}
	return s.describeSignIn(ctx, s.app.id)
}

func lastLogin(ctx context.Context, s *session) (string, error) {
	if s.app.token == "" {
		return "", notTested("the application cannot sign in")
	}
	before, err := s.readApp(ctx)
	if err != nil {
		return "", err
	}
	if _, present := before["lastLogin"]; !present {
		return "no such member", nil
	}
	if err := s.pause(ctx); err != nil {
		return "", err
	}
	if _, _, err := s.signInApp(ctx, s.app.name); err != nil {
		return "", err
	}
	s.app.beforeSignIn = before
	when, err := s.poll(ctx, func() (bool, error) {
		after, err := s.readApp(ctx)
		return text(after["lastLogin"]) != text(before["lastLogin"]), err
	})
	if when == "" {
		when = "not within 12 s"
	}
	return when, err
}

func signInUpdatedAt(ctx context.Context, s *session) (string, error) {
	if s.app.beforeSignIn == nil {
		return "", notTested("no sign-in was compared")
	}
	return s.moved(ctx, s.app.beforeSignIn, "updatedAt")
}

func oldSecret(ctx context.Context, s *session) (string, error) {
	if s.app.previous == "" || s.app.token == "" || s.grant == nil {
		return "", notTested("no secret was regenerated")
	}
	resp, token, err := s.signIn(ctx, *s.grant, s.app.name, s.app.previous)
	switch {
	case err != nil:
		return "", unanswered(ctx, err)
	case token != "":
		return "accepted", nil
	}
	return "refused: " + resp.describe(), nil
}

// livingToken sends a read with the earlier token, which may have no permissions: any status but 401 means that it is
// accepted.
func livingToken(ctx context.Context, s *session) (string, error) {
	if s.app.token == "" {
		return "", notTested("the application cannot sign in")
	}
	when, err := s.poll(ctx, func() (bool, error) {
		resp, err := s.send(ctx, request{method: http.MethodGet, path: rulesPath + "?limit=1", token: s.app.token})
		return resp.status == http.StatusUnauthorized, unanswered(ctx, err)
	})
	if when != "" {
		return "refused " + when, err
	}
	return "valid for at least 12 s", err
}

func newSignIn(ctx context.Context, s *session) (string, error) {
	if !s.app.disabled {
		return "", notTested("the application was not disabled")
	}
	return s.describeSignIn(ctx, s.app.name)
}
