package framework

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// DefaultTimeout bounds an operation with all its retries, unless `timeouts` sets
// another bound.
const DefaultTimeout = 10 * time.Minute

// Timeouts returns the attribute `timeouts` with the given operations, each a
// positive duration.
func Timeouts(ctx context.Context, opts timeouts.Opts) schema.Attribute {
	const format = " A duration such as `30s` or `5m`; default `10m`."
	opts.CreateDescription = "Limit for creating, including all retries." + format
	opts.ReadDescription = "Limit for reading, including all retries." + format
	opts.UpdateDescription = "Limit for an update, including all retries." + format
	opts.DeleteDescription = "Limit for deleting, including all retries." + format
	nested, ok := timeouts.Attributes(ctx, opts).(schema.SingleNestedAttribute)
	if !ok {
		panic("the module terraform-plugin-framework-timeouts has changed the type of its attribute")
	}
	nested.MarkdownDescription = "Limits for operations, including all retries. Changing them has no effect on the object."
	for name, attribute := range nested.Attributes {
		duration, ok := attribute.(schema.StringAttribute)
		if !ok {
			panic("the module terraform-plugin-framework-timeouts has changed the type of " + name)
		}
		duration.Validators = []validator.String{PositiveDuration()}
		nested.Attributes[name] = duration
	}
	return nested
}

// timeoutError is the cause of a context that exceeded a value of `timeouts`.
type timeoutError struct {
	verb  Verb
	limit time.Duration
}

func (e *timeoutError) Error() string {
	return fmt.Sprintf("the operation exceeded timeouts.%s (%s)", e.argument(), e.limit)
}

func (e *timeoutError) argument() string { return strings.ToLower(string(e.verb)) }

// Is makes the cause match the error of the context.
func (e *timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// Begin starts an operation of a resource: it bounds the context by the timeout of the
// verb, and requires a configured provider. If ok is false, the diagnostics have the
// reason, and cancel need not be called.
func (r *Resource) Begin(ctx context.Context, verb Verb, limits timeouts.Value, diags *diag.Diagnostics) (_ context.Context, cancel context.CancelFunc, ok bool) {
	limit, more := timeoutOf(ctx, verb, limits)
	diags.Append(more...)
	if diags.HasError() || !r.RequireClient(diags) {
		return ctx, func() {}, false
	}
	ctx, cancel = context.WithTimeoutCause(ctx, limit, &timeoutError{verb, limit})
	return ctx, cancel, true
}

func timeoutOf(ctx context.Context, verb Verb, limits timeouts.Value) (time.Duration, diag.Diagnostics) {
	switch verb {
	case Create:
		return limits.Create(ctx, DefaultTimeout)
	case Read:
		return limits.Read(ctx, DefaultTimeout)
	case Update:
		return limits.Update(ctx, DefaultTimeout)
	case Delete:
		return limits.Delete(ctx, DefaultTimeout)
	default:
		return DefaultTimeout, nil
	}
}

// AddOperationError is [AddError] within an operation started by [Resource.Begin]. If
// the timeout of the operation was exceeded, the error names it and how to change it.
func AddOperationError(ctx context.Context, diags *diag.Diagnostics, verb Verb, noun string, err error, advice ...string) {
	AddError(diags, verb, noun, err, append(advice, timeoutHint(ctx)...)...)
}

func timeoutHint(ctx context.Context) []string {
	exceeded, ok := errors.AsType[*timeoutError](context.Cause(ctx))
	if !ok {
		return nil
	}
	hint := fmt.Sprintf("The operation exceeded timeouts.%s, which is %s.", exceeded.argument(), exceeded.limit)
	switch exceeded.verb {
	case Read:
		hint += " A refresh uses the value in the state: if it is too short, correct timeouts.read in the configuration and run terraform apply -refresh=false once."
	case Delete:
		hint += " Deleting uses the value in the state: if it is too short, correct timeouts.delete in the configuration and apply that before deleting."
	default:
		hint += " If that is too short, raise it in the configuration."
	}
	return []string{hint}
}
