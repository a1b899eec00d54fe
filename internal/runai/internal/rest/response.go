package rest

import (
	"encoding/json"
	"strings"
)

// apiError is an error in the form of the API (API.md 10.1) or in the OAuth 2 form of
// the v2 token endpoint (API.md 6.2).
type apiError struct {
	Code    json.RawMessage `json:"code"`
	Message string          `json:"message"`
	Details json.RawMessage `json:"details"`

	OAuthError       string `json:"error"`
	OAuthDescription string `json:"error_description"`
}

func (e apiError) hasCode() bool { return len(e.Code) > 0 && string(e.Code) != "null" }

// parsedError is the content of the body of an error response.
type parsedError struct {
	message, details string
	// nonAPI: the body is not JSON in the API's form, and message is its readable text.
	nonAPI bool
	// missingCode: it is such JSON, but lacks the code of the API's own errors.
	missingCode bool
	oauthCode   string
}

// parseError reads the body of an error response.
func parseError(contentType string, body []byte, redact func(string) string) parsedError {
	clean := func(s string) string { return sanitize(s, redact) }
	var e apiError
	if isJSON(contentType) && json.Unmarshal(body, &e) == nil {
		var d string
		if json.Unmarshal(e.Details, &d) != nil {
			d = ""
		}
		switch {
		case e.Message != "":
			return parsedError{message: clean(e.Message), details: clean(d), missingCode: !e.hasCode()}
		case e.OAuthError != "":
			return parsedError{message: clean(e.OAuthError), details: clean(e.OAuthDescription), missingCode: true, oauthCode: e.OAuthError}
		}
	}
	page := redact(string(body)) // before the cut: a part of a secret is not recognized
	return parsedError{message: clean(htmlText(page[:min(len(page), maxInput)])), nonAPI: true}
}

func isJSON(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}
