package session

import (
	"runtime/debug"
	"runtime/metrics"
	"strings"

	waLog "go.mau.fi/whatsmeow/util/log"

	"mendline/whatsapp/wire"
)

// queueFull begins what whatsmeow says, and says only there, when 2048 frames of a link wait to be handled: from then
// on it keeps any number.
const queueFull = "Handler queue is full"

// backlog ends a link to which more is written than the worker can note, once the host's memory is spent. WhatsApp
// keeps the rest for the next link.
type backlog struct {
	waLog.Logger
	link *link
}

func (b backlog) Warnf(words string, arguments ...any) {
	if strings.HasPrefix(words, queueFull) && memorySpent() {
		b.link.drop(ending{why: wire.LinkUnnoted, detail: "more came in than could be noted"})
	}
	b.Logger.Warnf(words, arguments...)
}

// memorySpent says whether more is in memory than main.go allows, which no collection could help.
func memorySpent() bool {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64() > uint64(debug.SetMemoryLimit(-1))
}
