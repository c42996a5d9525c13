package session

import (
	"fmt"
	"os"
)

// residentMB reads the process's resident memory (proc(5), statm); 0 where the system does not tell.
func residentMB() int64 {
	var size, resident int64
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	if _, err := fmt.Sscan(string(text), &size, &resident); err != nil {
		return 0
	}
	return resident * int64(os.Getpagesize()) >> 20
}
