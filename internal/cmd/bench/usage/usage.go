// Package usage records what a program has cost.
package usage

import (
	"encoding/json"
	"os"
	"time"
)

// Usage is what one or more processes have cost.
type Usage struct {
	// CPU is the time that they have computed, in user mode and in the kernel.
	CPU time.Duration `json:"cpu"`
	// Peak is the most memory that one of them had resident, in bytes; 0 where
	// the system does not report it.
	Peak int64 `json:"peak"`
}

// Of returns the usage of a process that has ended, with that of its own child
// processes: the sum of the times, and the larger peak.
func Of(state *os.ProcessState) Usage {
	return Usage{CPU: state.UserTime() + state.SystemTime(), Peak: peak(state)}
}

// Add returns the usage of both: the sum of the times, and the larger peak.
func (u Usage) Add(other Usage) Usage {
	return Usage{CPU: u.CPU + other.CPU, Peak: max(u.Peak, other.Peak)}
}

// Append adds a record to a file, which several processes may do at a time.
func Append(file string, u Usage) error {
	line, err := json.Marshal(u)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

// Read returns the sum of the records in a file, and how many there are. A file
// that does not exist has none.
func Read(file string) (sum Usage, records int, err error) {
	f, err := os.Open(file)
	if os.IsNotExist(err) {
		return Usage{}, 0, nil
	}
	if err != nil {
		return Usage{}, 0, err
	}
	defer f.Close()
	for decoder := json.NewDecoder(f); decoder.More(); records++ {
		var u Usage
		if err := decoder.Decode(&u); err != nil {
			return Usage{}, 0, err
		}
		sum = sum.Add(u)
	}
	return sum, records, nil
}
