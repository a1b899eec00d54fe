package runai_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/runai-community/terraform-provider-runai/internal/mockserver"
	"github.com/runai-community/terraform-provider-runai/internal/runai"
)

// BenchmarkGet reads n applications and n rules, each by a Get of its own, as
// Terraform does, ten at a time. It reports the requests that took, and how many
// times longer it took than the floor: the same lists by net/http alone, in the
// same run.
func BenchmarkGet(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			mock, err := mockserver.New(mockserver.Options{Applications: n, AccessRules: n})
			if err != nil {
				b.Fatal(err)
			}
			server := httptest.NewServer(mock)
			defer server.Close()
			version, err := runai.ParseVersion("2.24")
			if err != nil {
				b.Fatal(err)
			}
			config := runai.Config{
				BaseURL: server.URL, ClientID: ownClientID, ClientSecret: runai.NewSecret(ownSecret),
				Version: version,
			}
			seed, err := runai.New(config)
			if err != nil {
				b.Fatal(err)
			}
			token, err := seed.SignIn(b.Context(), ownClientID, config.ClientSecret)
			if err != nil {
				b.Fatal(err)
			}
			config.AccessToken = token.Value
			state := mock.State()

			var floor time.Duration
			plain := &http.Client{Transport: &http.Transport{}}
			defer plain.CloseIdleConnections()
			get := func(path string) {
				req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL+path, nil)
				if err != nil {
					b.Fatal(err)
				}
				req.Header.Set("Authorization", "Bearer "+token.Value.Reveal())
				resp, err := plain.Do(req)
				if err != nil || resp.StatusCode != http.StatusOK {
					b.Fatal(resp, err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
			requests := 0
			for b.Loop() {
				b.StopTimer()
				begin := time.Now()
				get(accounts)
				for offset := 0; offset < n; offset += runai.PageSize {
					get(fmt.Sprintf("%s?limit=%d&offset=%d", rules, runai.PageSize, offset))
				}
				floor += time.Since(begin)
				client, err := runai.New(config) // a run of its own: nothing is in memory
				if err != nil {
					b.Fatal(err)
				}
				mock.ResetRequests()
				b.StartTimer()

				next := make(chan int)
				done := make(chan error, 10)
				for range cap(done) {
					go func() {
						var failed error
						for i := range next {
							if _, err := client.Applications.Get(b.Context(), ref(state.Applications[i])); err != nil {
								failed = err
							}
							if _, err := client.AccessRules.Get(b.Context(), int64(state.AccessRules[i].ID)); err != nil {
								failed = err
							}
						}
						done <- failed
					}()
				}
				for i := range n {
					next <- i
				}
				close(next)
				for range cap(done) {
					if err := <-done; err != nil {
						b.Fatal(err)
					}
				}
				for _, count := range mock.Requests() {
					requests += count
				}
			}
			b.ReportMetric(float64(requests)/float64(b.N), "requests/op")
			b.ReportMetric(float64(b.Elapsed())/float64(floor), "x-floor")
		})
	}
}
