package session

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"

	waLog "go.mau.fi/whatsmeow/util/log"
)

// Library gives whatsmeow's version, as this program was built with it.
func Library() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, each := range info.Deps {
			if each.Path == "go.mau.fi/whatsmeow" {
				return each.Version
			}
		}
	}
	return "unknown"
}

// logTo writes what whatsmeow says, a line each.
type logTo struct {
	out    io.Writer
	module string
	debug  bool
}

// Logger gives whatsmeow's own words to stderr; at "debug" every frame is among them.
func Logger(level string) waLog.Logger { return logTo{os.Stderr, "whatsmeow", level == "debug"} }

func (l logTo) say(level, format string, arguments []any) {
	fmt.Fprintf(l.out, "%s %s: %s\n", level, l.module, fmt.Sprintf(format, arguments...))
}

func (l logTo) Errorf(format string, arguments ...any) { l.say("error", format, arguments) }
func (l logTo) Warnf(format string, arguments ...any)  { l.say("warning", format, arguments) }
func (l logTo) Infof(format string, arguments ...any)  { l.Debugf(format, arguments...) }
func (l logTo) Debugf(format string, arguments ...any) {
	if l.debug {
		l.say("debug", format, arguments)
	}
}
func (l logTo) Sub(module string) waLog.Logger { return logTo{l.out, l.module + "/" + module, l.debug} }
