package standin

import (
	"bufio"
	"encoding/json"
	"io"
	"sync"
	"time"
)

const saveEvery = 50 * time.Millisecond

// Entry is a line of the ledger: the simulator's form (docs/drivers/simulator.md).
type Entry struct {
	At        float64 `json:"at"`
	Worker    string  `json:"worker"`
	Session   int64   `json:"session"`
	Driver    string  `json:"driver"`
	DeviceID  string  `json:"device_id"`
	Link      *int64  `json:"link"`
	MessageID *string `json:"message_id"`
	Attempt   *int64  `json:"attempt"`
	What      string  `json:"what"`
}

// Ledger is what really reached people, appended to, at most saveEvery behind.
type Ledger struct {
	lock  sync.Mutex
	out   *bufio.Writer
	dirty bool
}

// NewLedger writes to out from now on.
func NewLedger(out io.Writer) *Ledger {
	ledger := &Ledger{out: bufio.NewWriter(out)}
	go ledger.keepSaving()
	return ledger
}

func (l *Ledger) keepSaving() {
	for range time.Tick(saveEvery) {
		l.Save()
	}
}

// Save hands everything to the system.
func (l *Ledger) Save() {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.dirty {
		_ = l.out.Flush()
		l.dirty = false
	}
}

func (l *Ledger) add(entry Entry) {
	entry.At = float64(time.Now().UnixMicro()) / 1e6
	entry.Driver = "whatsapp"
	line, err := json.Marshal(entry)
	if err != nil {
		panic(err) // An entry has only numbers and texts.
	}
	l.lock.Lock()
	defer l.lock.Unlock()
	_, _ = l.out.Write(append(line, '\n'))
	l.dirty = true
}
