package session

import (
	"regexp"
	"strings"

	"go.mau.fi/whatsmeow/types"
)

var (
	digits = regexp.MustCompile(`^\+?[1-9][0-9]{5,19}$`)
	group  = regexp.MustCompile(`^[0-9]+(-[0-9]+)?$`)
)

// recipientOf understands whom a send is for; false where it is nobody.
func recipientOf(to string) (types.JID, bool) {
	user, server, named := strings.Cut(to, "@")
	switch {
	case !named || server == types.DefaultUserServer || server == types.LegacyUserServer:
		return types.NewJID(strings.TrimPrefix(user, "+"), types.DefaultUserServer), digits.MatchString(user)
	case server == types.HiddenUserServer:
		return types.NewJID(user, server), digits.MatchString(user)
	case server == types.GroupServer:
		return types.NewJID(user, server), group.MatchString(user)
	default:
		return types.EmptyJID, false
	}
}
