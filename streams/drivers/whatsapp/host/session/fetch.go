package session

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

const (
	fetchTime = 20 * time.Second
	// largestFile is less than WhatsApp takes for documents, and what a host may hold in memory for a send.
	largestFile   = 64 << 20
	mostRedirects = 5
	longestMime   = 100
	longestHeader = 64 << 10
)

// errRefused: there is no such file for us, and there will be none when it is asked for again.
var errRefused = errors.New("the file cannot be had")

// notPublic are networks that Go's own words for addresses leave out, which reach what is not everybody's, or hold
// another address inside (RFC 6890).
var notPublic = networks(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4",
	"::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10",
)

func networks(texts ...string) []netip.Prefix {
	found := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		found = append(found, netip.MustParsePrefix(text))
	}
	return found
}

// fetchClient makes the client that fetches media: an address comes from whoever may send, and must not reach what
// only this machine can. A proxy would look the address up itself, so there is one only where all may be reached.
func fetchClient(private bool) *http.Client {
	dialer := &net.Dialer{Timeout: dialTime, ControlContext: publicOnly}
	transport := &http.Transport{
		TLSHandshakeTimeout: dialTime, ResponseHeaderTimeout: answerTime, IdleConnTimeout: time.Minute, MaxIdleConns: 16,
		ForceAttemptHTTP2: true, MaxResponseHeaderBytes: longestHeader,
	}
	if private {
		dialer.ControlContext, transport.Proxy = nil, http.ProxyFromEnvironment
	}
	transport.DialContext = dialer.DialContext
	return &http.Client{Timeout: fetchTime, Transport: transport, CheckRedirect: mayRedirect}
}

// publicOnly looks at each address in the moment in which it is connected to: names may be resolved anew until then.
func publicOnly(_ context.Context, _, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !isPublic(to.Addr()) {
		return fmt.Errorf("%w: it is at no public address (MENDLINE_WHATSAPP_MEDIA_PRIVATE=1 allows them)", errRefused)
	}
	return nil
}

func isPublic(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	if !address.IsGlobalUnicast() || address.IsPrivate() {
		return false
	}
	for _, network := range notPublic {
		if network.Contains(address) {
			return false
		}
	}
	return true
}

func mayRedirect(request *http.Request, via []*http.Request) error {
	if len(via) > mostRedirects {
		return fmt.Errorf("%w: its server redirects more than %d times", errRefused, mostRedirects)
	}
	request.Header.Del("Referer") // An address may have in it what opens the file.
	return fetchable(request.URL)
}

func fetchable(address *url.URL) error {
	if (address.Scheme != "http" && address.Scheme != "https") || address.Hostname() == "" {
		return fmt.Errorf("%w: %.100s is no address of http or https", errRefused, address.Redacted())
	}
	return nil
}

// fetch gives a file, which the caller leaves when it needs its bytes no more.
func (h *Host) fetch(ctx context.Context, address string) (*file, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRefused, err)
	}
	if err := fetchable(request.URL); err != nil {
		return nil, err
	}
	response, err := h.fetches.Do(request)
	if err != nil {
		return nil, refusal(err)
	}
	defer response.Body.Close()
	if err := statusError(response.StatusCode); err != nil {
		return nil, err
	}
	found := &file{}
	if err := h.rooms.read(ctx, response.Body, found); err != nil {
		found.leave()
		return nil, err
	}
	found.mime = mimeOf(response.Header.Get("Content-Type"), found.bytes)
	return found, nil
}

// refusal gives our own words, where the library has wrapped them.
func refusal(err error) error {
	var asked *url.Error
	if errors.Is(err, errRefused) && errors.As(err, &asked) {
		err = asked.Err
	}
	var dialled *net.OpError
	if errors.Is(err, errRefused) && errors.As(err, &dialled) {
		err = dialled.Err
	}
	return err
}

func statusError(status int) error {
	switch {
	case status == http.StatusOK:
		return nil
	case status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout:
		return fmt.Errorf("its server answered %d", status)
	default:
		return fmt.Errorf("%w: its server answered %d", errRefused, status)
	}
}

func mimeOf(told string, bytes []byte) string {
	kind, _, err := mime.ParseMediaType(told)
	if err == nil && kind != "application/octet-stream" && len(kind) <= longestMime {
		return kind
	}
	return http.DetectContentType(bytes)
}
