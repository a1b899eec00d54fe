// Package frameworktest is what the tests of the objects share on top of package
// framework.
package frameworktest

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/runai-community/terraform-provider-runai/internal/framework"
)

// PrivateState is private state in memory.
type PrivateState map[string][]byte

// GetKey implements [framework.PrivateReader].
func (p PrivateState) GetKey(_ context.Context, key string) ([]byte, diag.Diagnostics) {
	return p[key], nil
}

// SetKey implements [framework.PrivateWriter].
func (p PrivateState) SetKey(_ context.Context, key string, value []byte) diag.Diagnostics {
	p[key] = value
	return nil
}

// CheckReload checks the record that load reads from data: it is what the data decodes to;
// unreadable data gives the zero record, as after an import; and a record that is saved
// again is the same. It returns the private state to which the record was saved.
func CheckReload[T any](t testing.TB, key string, data []byte,
	load func(context.Context, framework.PrivateReader) T, save func(T, context.Context, framework.PrivateWriter) diag.Diagnostics,
) (record T, saved PrivateState) {
	t.Helper()
	ctx := t.Context()
	var want T
	if json.Unmarshal(data, &want) != nil {
		want = *new(T)
	}
	record = load(ctx, PrivateState{key: data})
	if !reflect.DeepEqual(record, want) {
		t.Errorf("%q is loaded as %+v, want %+v", data, record, want)
	}
	saveAgain := func(record T) PrivateState {
		private := PrivateState{}
		if diags := save(record, ctx, private); diags.HasError() {
			t.Fatalf("%q cannot be saved again: %v", data, diags)
		}
		return private
	}
	saved = saveAgain(record)
	if again := saveAgain(load(ctx, saved)); !bytes.Equal(saved[key], again[key]) {
		t.Errorf("%q is saved as %s, and that as %s", data, saved[key], again[key])
	}
	return record, saved
}
