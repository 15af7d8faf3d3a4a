package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// maxBytes bounds what is read of an answer: 5,000 machines need a tenth of it.
const maxBytes = 8 << 20

// read asks the server once. It ends with ctx, which has the deadline of the
// reading.
func (s *powerMeters) read(ctx context.Context) (meters []meter, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", s.URL, answer.Status)
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, answer.Body, maxBytes)).Decode(&meters); err != nil {
		return nil, fmt.Errorf("%s answers no list of meters: %w", s.URL, err)
	}
	return meters, nil
}
