package mockserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// response is the complete response of a handler.
type response struct {
	status int
	header http.Header
	body   []byte
}

// jsonResponse returns a response with v as its JSON body.
func jsonResponse(status int, v any) response {
	body, err := json.Marshal(v)
	if err != nil {
		// Only types of this package are marshaled here.
		panic(fmt.Sprintf("mockserver: cannot encode a response: %v", err))
	}
	return response{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: append(body, '\n')}
}

// emptyResponse returns a response without a body, such as that to a PATCH of an application.
func emptyResponse(status int) response { return response{status: status, header: http.Header{}} }

// apiError is the API's error: the schema Error of every published document.
type apiError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Details string `json:"details,omitempty"`
}

func (e *apiError) Error() string      { return fmt.Sprintf("%d %s %s", e.Code, e.Message, e.Details) }
func (e *apiError) response() response { return jsonResponse(e.Code, e) }

// oauthError is the error of /api/v2/token for 400 and 401, and only there.
type oauthError struct {
	status      int
	Code        string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

func (e *oauthError) Error() string      { return fmt.Sprintf("%d %s %s", e.status, e.Code, e.Description) }
func (e *oauthError) response() response { return jsonResponse(e.status, e) }

// errorResponse turns the error of a handler into a response.
func errorResponse(err error) response {
	var known interface{ response() response }
	if errors.As(err, &known) {
		return known.response()
	}
	return (&apiError{Code: http.StatusInternalServerError, Message: apiMessages[500], Details: err.Error()}).response()
}

// apiMessages are the examples that the published documents give for each status.
var apiMessages = map[int]string{
	400: "Required parameter is missing",
	401: "Issuer is not familiar.",
	403: "You do not have sufficient permissions.",
	404: "Resource id not found.",
	409: "Resource with this name already exists",
	500: "Something went wrong.",
	503: "Please try again in few minutes.",
}

// statusError returns the API's error for any status, with the documents' text where they have one.
func statusError(status int) *apiError {
	message, ok := apiMessages[status]
	if !ok {
		message = http.StatusText(status)
	}
	if message == "" {
		message = fmt.Sprintf("status %d", status)
	}
	return &apiError{Code: status, Message: message}
}

func badRequest(format string, args ...any) error {
	return &apiError{Code: http.StatusBadRequest, Message: "Bad request - " + fmt.Sprintf(format, args...)}
}

func missingMember(path string) error {
	return &apiError{Code: http.StatusBadRequest, Message: apiMessages[400], Details: path}
}

func unauthorized(details string) error {
	return &apiError{Code: http.StatusUnauthorized, Message: apiMessages[401], Details: details}
}

func notFound(format string, args ...any) error {
	return &apiError{Code: http.StatusNotFound, Message: apiMessages[404], Details: fmt.Sprintf(format, args...)}
}

func conflict(message string) error {
	return &apiError{Code: http.StatusConflict, Message: message}
}
