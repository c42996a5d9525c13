package standin

import (
	"encoding/binary"
	"strconv"
	"strings"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// preKey is a public key that others may begin a session with.
type preKey struct {
	id        []byte
	public    []byte
	signature []byte
}

// hearQuery answers everything that a client asks of the server itself.
func (c *client) hearQuery(node *waBinary.Node) {
	asked := node.AttrGetter().OptionalString("xmlns")
	kind := node.AttrGetter().OptionalString("type")
	switch {
	case kind == "result" || kind == "error":
		c.hearPaired(node)
	case asked == "encrypt" && kind == "set":
		c.keepKeys(node)
		c.result(node, nil)
	case asked == "encrypt" && len(node.GetChildren()) == 1 && node.GetChildren()[0].Tag == "count":
		count := waBinary.Attrs{"value": strconv.Itoa(c.server.keysOf(c.jid))}
		c.result(node, []waBinary.Node{{Tag: "count", Attrs: count}})
	case asked == "encrypt":
		c.tellKeys(node)
	case asked == "usync":
		c.tellUsers(node)
	case asked == "w:g2":
		c.tellGroup(node)
	case asked == "w:m":
		c.result(node, []waBinary.Node{c.mediaHosts()})
	case asked == "md":
		c.hearLinking(node)
	default:
		c.result(node, nil)
	}
}

func (c *client) result(asked *waBinary.Node, content []waBinary.Node) {
	node := waBinary.Node{Tag: "iq", Attrs: waBinary.Attrs{
		"id": asked.Attrs["id"], "type": "result", "from": types.ServerJID,
	}}
	if content != nil {
		node.Content = content
	}
	c.put(node)
}

func (c *client) failed(asked *waBinary.Node, code string) {
	c.put(waBinary.Node{
		Tag:     "iq",
		Attrs:   waBinary.Attrs{"id": asked.Attrs["id"], "type": "error", "from": types.ServerJID},
		Content: []waBinary.Node{{Tag: "error", Attrs: waBinary.Attrs{"code": code, "text": wordsOf(code)}}},
	})
}

// wordsOf gives an error's words: whatsmeow knows an error by its code and words together.
func wordsOf(code string) string {
	known := map[string]string{
		"400": "bad-request", "401": "not-authorized", "403": "forbidden", "404": "item-not-found",
		"405": "not-allowed", "406": "not-acceptable", "410": "gone", "419": "resource-limit", "423": "locked",
		"429": "rate-overlimit", "500": "internal-server-error", "503": "service-unavailable",
	}
	if words, has := known[code]; has {
		return words
	}
	return "the script says so"
}

// fails does what a script says of a whole query.
func (c *client) fails(asked *waBinary.Node, played *play) bool {
	if failed := played.find("error"); failed != nil {
		c.failed(asked, failed.options["error"])
		return true
	}
	return played.does("silent")
}

// keepKeys takes what a device uploads, so that people can write to it; one-time keys come to those that it has.
func (c *client) keepKeys(node *waBinary.Node) {
	c.server.lock.Lock()
	defer c.server.lock.Unlock()
	known := c.server.devices[c.jid]
	if known == nil {
		return
	}
	for _, child := range node.GetChildren() {
		content, _ := child.Content.([]byte)
		switch child.Tag {
		case "registration":
			known.registration = binary.BigEndian.Uint32(content)
		case "identity":
			known.identity = content
		case "skey":
			known.signed = readPreKey(&child)
		case "list":
			for _, key := range child.GetChildren() {
				known.uploaded = append(known.uploaded, readPreKey(&key))
			}
		}
	}
}

func readPreKey(node *waBinary.Node) preKey {
	id, _ := node.GetChildByTag("id").Content.([]byte)
	public, _ := node.GetChildByTag("value").Content.([]byte)
	signature, _ := node.GetChildByTag("signature").Content.([]byte)
	return preKey{id, public, signature}
}

func (s *Server) keysOf(jid types.JID) int {
	s.lock.Lock()
	defer s.lock.Unlock()
	if known := s.devices[jid]; known != nil {
		return len(known.uploaded)
	}
	return 0
}

// tellKeys gives what it takes to begin a session with somebody's devices.
func (c *client) tellKeys(node *waBinary.Node) {
	var users []waBinary.Node
	asked := node.GetChildByTag("key")
	for _, user := range asked.GetChildren() {
		jid := user.AttrGetter().JID("jid")
		played := c.server.script.at("keys", c.name(), numberOf(jid))
		if c.fails(node, played) {
			return
		}
		told := waBinary.Node{Tag: "user", Attrs: waBinary.Attrs{"jid": jid}}
		if played.does("none") {
			missing := waBinary.Attrs{"code": "404", "text": "item-not-found"}
			told.Content = []waBinary.Node{{Tag: "error", Attrs: missing}}
		} else {
			told.Content = c.server.person(numberOf(jid)).bundle()
		}
		users = append(users, told)
	}
	c.result(node, []waBinary.Node{{Tag: "list", Content: users}})
}

// tellUsers answers usync: who somebody is, and which devices they have.
func (c *client) tellUsers(node *waBinary.Node) {
	list, _ := node.GetOptionalChildByTag("usync", "list")
	var users []waBinary.Node
	for _, user := range list.GetChildren() {
		jid, phone := askedUser(&user)
		played := c.server.script.at("lookup", c.name(), numberOf(jid))
		if c.fails(node, played) {
			return
		}
		if phone != nil {
			users = append(users, contact(jid, phone, played))
		} else {
			users = append(users, known(jid, played))
		}
	}
	told := waBinary.Node{Tag: "usync", Content: []waBinary.Node{{Tag: "list", Content: users}}}
	c.result(node, []waBinary.Node{told})
}

// askedUser gives who is asked about: by JID, or by phone number.
func askedUser(user *waBinary.Node) (types.JID, []byte) {
	asked, byPhone := user.GetOptionalChildByTag("contact")
	if !byPhone {
		return user.AttrGetter().JID("jid"), nil
	}
	text := textOf(asked.Content)
	jid, _ := types.ParseJID(text)
	return types.NewJID(strings.TrimPrefix(jid.User, "+"), types.DefaultUserServer), []byte(text)
}

// textOf reads a node's text, which comes as bytes or as a word of the dictionary.
func textOf(content any) string {
	switch said := content.(type) {
	case []byte:
		return string(said)
	case string:
		return said
	default:
		return ""
	}
}

func contact(jid types.JID, phone []byte, played *play) waBinary.Node {
	kind := "in"
	if played.does("unknown") {
		kind = "out"
	}
	return waBinary.Node{
		Tag:     "user",
		Attrs:   waBinary.Attrs{"jid": jid},
		Content: []waBinary.Node{{Tag: "contact", Attrs: waBinary.Attrs{"type": kind}, Content: phone}},
	}
}

func known(jid types.JID, played *play) waBinary.Node {
	user := waBinary.Node{Tag: "user", Attrs: waBinary.Attrs{"jid": jid}}
	if played.does("unknown") {
		return user
	}
	var about []waBinary.Node
	if jid.Server == types.DefaultUserServer && !played.does("no-lid") {
		about = append(about, waBinary.Node{Tag: "lid", Attrs: waBinary.Attrs{"val": lidOf(jid)}})
	}
	if !played.does("no-devices") {
		list := []waBinary.Node{{Tag: "device", Attrs: waBinary.Attrs{"id": "0"}}}
		about = append(about, waBinary.Node{Tag: "devices", Content: []waBinary.Node{{Tag: "device-list", Content: list}}})
	}
	user.Content = about
	return user
}

func (c *client) mediaHosts() waBinary.Node {
	return waBinary.Node{
		Tag:     "media_conn",
		Attrs:   waBinary.Attrs{"auth": "stand-in", "ttl": "3600", "auth_ttl": "3600", "max_buckets": "12"},
		Content: []waBinary.Node{{Tag: "host", Attrs: waBinary.Attrs{"hostname": "media.stand-in.invalid"}}},
	}
}

// tellGroup gives a group's members: those who were told of, else three people.
func (c *client) tellGroup(node *waBinary.Node) {
	group := node.AttrGetter().JID("to")
	played := c.server.script.at("lookup", c.name(), group.User)
	if c.fails(node, played) {
		return
	}
	if played.does("unknown") {
		c.failed(node, "404")
		return
	}
	members := []waBinary.Node{member(types.NewJID(c.jid.User, types.DefaultUserServer))}
	for _, number := range c.server.membersOf(group.User) {
		members = append(members, member(types.NewJID(number, types.DefaultUserServer)))
	}
	c.result(node, []waBinary.Node{{
		Tag:     "group",
		Attrs:   waBinary.Attrs{"id": group.User, "subject": "a group", "addressing_mode": "lid", "size": len(members)},
		Content: members,
	}})
}

func member(number types.JID) waBinary.Node {
	return waBinary.Node{Tag: "participant", Attrs: waBinary.Attrs{"jid": lidOf(number), "phone_number": number}}
}

func (s *Server) membersOf(group string) []string {
	s.lock.Lock()
	defer s.lock.Unlock()
	if told := s.groups[group]; told != nil {
		return told
	}
	return []string{"15560000001", "15560000002", "15560000003"}
}
