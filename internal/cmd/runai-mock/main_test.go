package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// programVariable makes the test binary act as the program of `runai-mock run`. It does not begin with RUNAI_, since such
// variables are removed.
const programVariable = "MOCK_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if act := os.Getenv(programVariable); act != "" {
		os.Exit(actAs(act, os.Args[1:]))
	}
	code := m.Run()
	if folder := binaryFolder; folder != "" {
		_ = os.RemoveAll(folder)
	}
	os.Exit(code)
}

// actAs is the program of `runai-mock run` in tests.
func actAs(act string, args []string) int {
	switch act {
	case "env": // prints the variables of the provider, and its arguments
		env := slices.DeleteFunc(os.Environ(), func(v string) bool { return !strings.HasPrefix(strings.ToUpper(v), "RUNAI_") })
		slices.Sort(env)
		fmt.Println(strings.Join(append(env, args...), "\n"))
		return 0
	case "exit": // ends with the status in its argument
		code, _ := strconv.Atoi(args[0])
		return code
	case "copy": // copies standard input to standard output
		_, _ = io.Copy(os.Stdout, os.Stdin)
		return 0
	case "sign-in": // signs in, and fails to do so once more
		for _, secret := range []string{os.Getenv("RUNAI_CLIENT_SECRET"), "wrong"} {
			resp, err := http.PostForm(os.Getenv("RUNAI_BASE_URL")+"/api/v2/token", url.Values{
				"grant_type": {"client_credentials"}, "client_id": {os.Getenv("RUNAI_CLIENT_ID")}, "client_secret": {secret},
			})
			if err != nil {
				fmt.Println(err)
				return 1
			}
			_ = resp.Body.Close()
			fmt.Println(resp.StatusCode)
		}
		return 0
	case "die": // ends by a signal
		self, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = self.Kill()
		}
		fmt.Println(err)
		select {}
	case "wait": // prints the signals that it receives; ends with the second
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
		fmt.Println("ready")
		for range 2 {
			fmt.Println(<-signals)
		}
		return 7
	}
	return 99
}

var binaryFolder string

// binary builds the command once.
var binary = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "runai-mock-")
	if err != nil {
		return "", err
	}
	binaryFolder = folder
	path := filepath.Join(folder, "runai-mock")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// started is a run of the built command whose program is the test binary.
type started struct {
	*exec.Cmd
	stdout *bufio.Reader
	stderr *output
}

// startBinary runs the built command with variables added to the environment.
func startBinary(t *testing.T, env []string, stdin string, args ...string) *started {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	run := &started{Cmd: exec.Command(path, args...), stderr: new(output)}
	run.Env = append(os.Environ(), env...)
	run.Stdin = strings.NewReader(stdin)
	run.Stderr = run.stderr
	pipe, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	run.stdout = bufio.NewReader(pipe)
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = run.Process.Kill() })
	return run
}

// wait returns the exit status and the rest of the standard output.
func (s *started) wait(t *testing.T) (status int, stdout string) {
	t.Helper()
	rest, err := io.ReadAll(s.stdout)
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Wait()
	return s.ProcessState.ExitCode(), string(rest)
}

// line returns the next line of the standard output.
func (s *started) line(t *testing.T) string {
	t.Helper()
	line, err := s.stdout.ReadString('\n')
	if err != nil {
		t.Fatalf("no line: %v; %s", err, s.stderr)
	}
	return strings.TrimSuffix(line, "\n")
}
