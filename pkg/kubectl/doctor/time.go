package doctor

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"k8s.io/client-go/rest"
)

// serverTime returns what asks the API server for its time: the header of any answer has
// it.
func serverTime(config *rest.Config) (func(context.Context) (time.Time, error), error) {
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, err
	}
	at := base.JoinPath("/version").String()
	return func(ctx context.Context) (time.Time, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
		if err != nil {
			return time.Time{}, err
		}
		answer, err := client.Do(request)
		if err != nil {
			return time.Time{}, err
		}
		_ = answer.Body.Close()
		return dateOf(answer)
	}, nil
}

func dateOf(answer *http.Response) (time.Time, error) {
	if answer.StatusCode == http.StatusUnauthorized {
		return time.Time{}, fmt.Errorf("the API server does not know you: it answers %s", answer.Status)
	}
	date, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		return time.Time{}, fmt.Errorf("the API server does not say what time it is: %w", err)
	}
	return date, nil
}
