package mockserver

import (
	"bytes"
	"encoding/json"
	"mime"
	"reflect"
	"strconv"
	"strings"
)

// decode decodes the body of a request into a struct, strictly: the content type must be JSON, every member known by its
// exact name, required ones present, types correct, and null only where the schema allows it.
//
// The struct is the schema: a member is required unless its tag has omitempty, and nullable if it is a pointer.
func (c *apiRequest) decode(into any) error {
	if err := requireMediaType(c, "application/json"); err != nil {
		return err
	}
	if err := checkSchema(c.body, reflect.TypeOf(into).Elem(), ""); err != nil {
		return err
	}
	if err := json.Unmarshal(c.body, into); err != nil {
		return badRequest("the body is not valid: %v", err)
	}
	return nil
}

func requireMediaType(c *apiRequest, want string) error {
	got, _, err := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	if err != nil || got != want {
		return badRequest("the content type must be %s", want)
	}
	return nil
}

// checkSchema validates a JSON value against a Go type as decode describes. The path names the value in errors.
func checkSchema(raw json.RawMessage, schema reflect.Type, path string) error {
	if isNull(raw) {
		if schema.Kind() == reflect.Pointer {
			return nil
		}
		return badRequest("%s must not be null", orBody(path))
	}
	switch schema.Kind() {
	case reflect.Pointer:
		return checkSchema(raw, schema.Elem(), path)
	case reflect.Struct:
		return checkObject(raw, schema, path)
	case reflect.Slice:
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) != nil {
			return badRequest("%s must be an array", orBody(path))
		}
		for i, item := range items {
			if err := checkSchema(item, schema.Elem(), path+"["+strconv.Itoa(i)+"]"); err != nil {
				return err
			}
		}
		return nil
	default:
		if json.Unmarshal(raw, reflect.New(schema).Interface()) != nil {
			return badRequest("%s must be of type %s", orBody(path), schema.Kind())
		}
		return nil
	}
}

func checkObject(raw json.RawMessage, schema reflect.Type, path string) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return badRequest("%s must be a JSON object", orBody(path))
	}
	for field := range schema.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		member, present := members[name]
		delete(members, name)
		switch {
		case present:
			if err := checkSchema(member, field.Type, join(path, name)); err != nil {
				return err
			}
		case options != "omitempty":
			return missingMember(join(path, name))
		}
	}
	for name := range members {
		return badRequest("unknown property %q", join(path, name))
	}
	return nil
}

func isNull(raw json.RawMessage) bool { return bytes.Equal(bytes.TrimSpace(raw), []byte("null")) }

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func orBody(path string) string {
	if path == "" {
		return "the body"
	}
	return path
}
