package session

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"go.mau.fi/whatsmeow/socket"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types/events"

	"mendline/whatsapp/wire"
)

// ending says why a link could not be made, or is no more.
type ending struct {
	why    string
	code   int64
	until  int64
	detail string
}

// endingOf gives the ending that an event of whatsmeow's means, if it means one.
func endingOf(event any) (ending, bool) {
	switch said := event.(type) {
	case *events.LoggedOut:
		return loggedOut(said), true
	case *events.TemporaryBan:
		return banned(said), true
	case *events.ClientOutdated:
		return ending{why: wire.LinkClientOutdated, code: 405}, true
	case *events.ConnectFailure:
		return failure(said), true
	case *events.StreamReplaced:
		return ending{why: wire.LinkReplaced}, true
	case *events.ManualLoginReconnect:
		return ending{why: wire.LinkRestarted, code: 515}, true
	case *events.StreamError:
		code, _ := strconv.ParseInt(said.Code, 10, 64)
		return ending{why: wire.LinkServerError, code: code}, true
	case *events.KeepAliveTimeout:
		return ending{why: wire.LinkMute}, true
	default:
		return ending{}, false
	}
}

func loggedOut(said *events.LoggedOut) ending {
	if said.Reason == events.ConnectFailureUnknownLogout {
		return ending{why: wire.LinkBanned, code: int64(said.Reason)}
	}
	return ending{why: wire.LinkLoggedOut, code: int64(said.Reason)}
}

func banned(said *events.TemporaryBan) ending {
	end := ending{why: wire.LinkTemporaryBan, code: int64(said.Code), detail: said.Code.String()}
	if said.Expire > 0 {
		end.until = time.Now().Add(said.Expire).UnixMilli()
	}
	return end
}

func failure(said *events.ConnectFailure) ending {
	why := wire.LinkRefused
	if said.Reason >= 500 {
		why = wire.LinkServerError
	}
	return ending{why: why, code: int64(said.Reason), detail: said.Message}
}

var errOfStandIn = fmt.Errorf("%w: a stand-in made it, and WhatsApp is not told of it", ErrUnknownJID)

// unfound gives the ending of a link whose session could not be read.
func unfound(err error) ending {
	switch {
	case errors.Is(err, errOfStandIn):
		return ending{why: wire.LinkUnknownJID, detail: plain(err)}
	case errors.Is(err, ErrUnknownJID):
		return ending{why: wire.LinkUnknownJID}
	case errors.Is(err, sqlstore.ErrInvalidLength):
		return ending{why: wire.LinkStoreDamaged}
	default:
		return ending{why: wire.LinkDatabaseAway, detail: plain(err)}
	}
}

// undialled gives the ending of a link whose connection could not be made.
func undialled(err error) ending {
	var status socket.ErrWithStatusCode
	switch {
	case errors.As(err, &status) && status.StatusCode >= 500:
		return ending{why: wire.LinkServerError, code: int64(status.StatusCode)}
	case errors.As(err, &status) && status.StatusCode != 101:
		return ending{why: wire.LinkRefused, code: int64(status.StatusCode)}
	case errors.Is(err, socket.ErrDialFailed):
		return ending{why: wire.LinkDialFailed, detail: plain(err)}
	default:
		return ending{why: wire.LinkHandshakeFailed, detail: plain(err)}
	}
}

// plain gives an error's words, short enough for a log.
func plain(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "it took too long"
	}
	return fmt.Sprintf("%.300s", err)
}
