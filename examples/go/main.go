// Starts an activation over Brazier's HTTP API, waits for its end and tells how it went.
//
//	BRAZIER_URL=http://localhost:8088 BRAZIER_API_KEY=... go run . input.json [idempotency-key]
//
// The input is that of activateAudience, as JSON. Needs nothing but Go's own library. The exit code says who has to act: 0 nobody,
// 10 owner of the credentials, 11 of the settings, 12 of the data, 13 wait, 14 a person decides, 70 Brazier's operators.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"
)

var exitCodes = map[string]int{
	"credentialOwner": 10, "settingsOwner": 11, "dataOwner": 12, "wait": 13, "person": 14, "us": 70,
}

type fault struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Actor   string `json:"actor"`
}

type activation struct {
	WorkflowID string `json:"workflowId"`
	Ended      bool   `json:"ended"`
	Status     struct {
		Phase string `json:"phase"`
	} `json:"status"`
	Result *struct {
		Outcome string `json:"outcome"`
		Summary string `json:"summary"`
	} `json:"result"`
	Error *fault `json:"error"`
}

var client = http.Client{Timeout: 30 * time.Second}

// call makes one request and comes again while the other side is busy or away; safe for a start with an Idempotency-Key.
func call(method, path string, body []byte, key string) (activation, *fault) {
	for {
		status, answer, err := request(method, path, body, key)
		if err == nil && status < 300 {
			var run activation
			if err := json.Unmarshal(answer, &run); err != nil {
				return run, &fault{"INVARIANT_BROKEN", err.Error(), "us"}
			}
			return run, nil
		}
		refused := fault{"unreachable", fmt.Sprint(err), "wait"}
		if err == nil {
			unreadable := json.Unmarshal(answer, &refused)
			switch {
			case status == http.StatusBadGateway || status == http.StatusGatewayTimeout || unreadable != nil && status >= 500:
				// A proxy's answer, not the API's.
				refused = fault{"unreachable", fmt.Sprintf("HTTP %d from a proxy", status), "wait"}
			case unreadable != nil:
				return activation{}, &fault{"INVARIANT_BROKEN", unreadable.Error(), "us"}
			case status != http.StatusServiceUnavailable:
				return activation{}, &refused
			}
		}
		fmt.Fprintf(os.Stderr, "%s: %s\n", refused.Code, refused.Message)
		time.Sleep(5 * time.Second)
	}
}

func request(method, path string, body []byte, key string) (int, []byte, error) {
	request, err := http.NewRequest(method, os.Getenv("BRAZIER_URL")+"/v1"+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("BRAZIER_API_KEY"))
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

func run() int {
	input, err := os.ReadFile(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	key := fmt.Sprintf("start-%d", time.Now().UnixNano())
	if len(os.Args) > 2 {
		key = os.Args[2]
	}
	started, refused := call("POST", "/activations", input, key)
	if refused != nil {
		return tell(refused)
	}
	fmt.Println("started", started.WorkflowID)
	phase := ""
	for {
		seen, refused := call("GET", "/activations/"+url.PathEscape(started.WorkflowID), nil, "")
		if refused != nil {
			return tell(refused)
		}
		if seen.Ended {
			return tellEnd(seen)
		}
		if seen.Status.Phase != phase {
			phase = seen.Status.Phase
			fmt.Println("phase", phase)
		}
		time.Sleep(time.Second)
	}
}

func tellEnd(ended activation) int {
	if ended.Result != nil {
		fmt.Printf("%s: %s\n", ended.Result.Outcome, ended.Result.Summary)
	}
	if ended.Error != nil {
		return tell(ended.Error)
	}
	switch ended.Result.Outcome {
	case "done", "nothingToDo", "dryRun":
		return 0
	case "completedUnverified", "superseded":
		return exitCodes["wait"]
	default:
		return exitCodes["person"]
	}
}

func tell(refused *fault) int {
	fmt.Fprintf(os.Stderr, "%s: %s\n", refused.Code, refused.Message)
	return exitCodes[refused.Actor]
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "the file with the input is missing")
		os.Exit(2)
	}
	os.Exit(run())
}
