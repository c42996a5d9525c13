package standin

import (
	"fmt"
	"math"
	"path"
	"strconv"
	"strings"
	"sync"
)

// A script has a rule a line, `#` begins a remark:
//
//	device phone-* connect 2: failure 402 code=101 expire=3600
//	to 15560001 message 3-5: ack error=463
//	device * message every 10: no-ack
//	to 1557* lookup: unknown
//
// Subject: `device` (its worker's name of it, else its number) or `to` (the number of a person or group that is written to), with
// `*` and `?` as in file names. Moment: connect, message, lookup (of a number or group) or keys (for encryption);
// when: `2`, `2-5`, `from 3`, `every 10`, and always where nothing stands. Counted for each subject by itself. What
// happens: one action, or several with `+` between, and `after=MS` for those that can wait. The first rule that fits
// is played; without one everything goes well.
//
//	connect: refuse http=503 · hang-http · hang-noise · cut-noise · bad-certificate · silent (no answer to the login) ·
//	         failure CODE [code= expire= message=] · cut-login · cut · mute · stream-error CODE · replaced · removed ·
//	         restart (515); the last six happen to the link that is up, `after=MS`
//	message: ack error=CODE · ack-cut (acknowledged, then cut, `after=MS`) · no-ack ·
//	         cut (it has arrived, its acknowledgement is lost) · lose (neither) ·
//	         receipts (delivered, read) · retry (a receipt that asks for it again) · reply text=WORDS · after=MS
//	lookup:  unknown · no-lid · no-devices · error=CODE · silent
//	keys:    none · error=CODE · silent
//
// One line stands for itself: `repeats dropped` (a message id that has arrived is acknowledged, and not delivered again).
type Script struct {
	lock    sync.Mutex
	rules   []*rule
	dropped bool
}

type rule struct {
	subject, pattern, moment string
	first, last, every       int
	seen                     map[string]int
	actions                  []action
}

type action struct {
	name, argument string
	options        map[string]string
}

// play is what happens at one moment.
type play struct{ actions []action }

var moments = map[string]string{"connect": "device", "message": "", "lookup": "to", "keys": "to"}

// strikes are what can happen to a link that is up.
const strikes = " cut mute stream-error replaced removed restart "

var actionsOf = map[string]string{
	"connect": " refuse hang-http hang-noise cut-noise bad-certificate silent failure cut-login" + strikes,
	"message": " ack ack-cut no-ack cut lose receipts retry reply ",
	"lookup":  " unknown no-lid no-devices error silent ",
	"keys":    " none error silent ",
}

// ReadScript understands a script; the error says which line is wrong, and why.
func ReadScript(text string) (*Script, error) {
	script := &Script{}
	for number, line := range strings.Split(text, "\n") {
		if err := script.add(line); err != nil {
			return nil, fmt.Errorf("line %d of the script: %w", number+1, err)
		}
	}
	return script, nil
}

// Add appends lines to a script that is already played.
func (s *Script) Add(text string) error {
	more, err := ReadScript(text)
	if err != nil {
		return err
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	s.rules = append(more.rules, s.rules...)
	s.dropped = s.dropped || more.dropped
	return nil
}

func (s *Script) add(line string) error {
	line, _, _ = strings.Cut(line, "#")
	line = strings.TrimSpace(line)
	switch line {
	case "":
		return nil
	case "repeats dropped":
		s.dropped = true
		return nil
	}
	added, err := readRule(line)
	if err == nil {
		s.rules = append(s.rules, added)
	}
	return err
}

func readRule(line string) (*rule, error) {
	before, after, found := strings.Cut(line, ":")
	words := strings.Fields(before)
	if !found || len(words) < 3 {
		return nil, fmt.Errorf("%q is no rule: write SUBJECT PATTERN MOMENT [WHEN]: ACTION", line)
	}
	made := &rule{subject: words[0], pattern: words[1], moment: words[2], seen: map[string]int{}}
	if of, known := moments[made.moment]; !known || (of != "" && of != made.subject) {
		return nil, fmt.Errorf("%q has no moment %q", made.subject, made.moment)
	}
	if made.subject != "device" && made.subject != "to" {
		return nil, fmt.Errorf("%q is neither `device` nor `to`", made.subject)
	}
	if _, err := path.Match(made.pattern, ""); err != nil {
		return nil, fmt.Errorf("%q is no pattern", made.pattern)
	}
	if err := made.when(words[3:]); err != nil {
		return nil, err
	}
	return made, made.act(after)
}

func (r *rule) when(words []string) (err error) {
	r.first, r.last, r.every = 1, math.MaxInt, 1
	switch {
	case len(words) == 0:
	case len(words) == 2 && words[0] == "from":
		r.first, err = strconv.Atoi(words[1])
	case len(words) == 2 && words[0] == "every":
		r.every, err = strconv.Atoi(words[1])
		r.first = r.every
	case len(words) == 1:
		first, last, ranged := strings.Cut(words[0], "-")
		if !ranged {
			last = first
		}
		if r.first, err = strconv.Atoi(first); err == nil {
			r.last, err = strconv.Atoi(last)
		}
	default:
		err = strconv.ErrSyntax
	}
	if err != nil || r.first < 1 || r.every < 1 || r.last < r.first {
		return fmt.Errorf("%q says no time: write 2, 2-5, from 3 or every 10", strings.Join(words, " "))
	}
	return nil
}

func (r *rule) act(text string) error {
	for _, part := range strings.Split(text, "+") {
		words := strings.Fields(part)
		if len(words) == 0 {
			return fmt.Errorf("an action is missing after %q", r.moment)
		}
		made := readAction(words)
		if !strings.Contains(actionsOf[r.moment], " "+made.name+" ") {
			return fmt.Errorf("%s has no action %q", r.moment, made.name)
		}
		r.actions = append(r.actions, made)
	}
	return nil
}

func readAction(words []string) action {
	name, value, valued := strings.Cut(words[0], "=")
	made := action{name: name, options: map[string]string{}}
	if valued {
		made.options[name] = value
	}
	for _, word := range words[1:] {
		if option, value, named := strings.Cut(word, "="); named {
			made.options[option] = strings.ReplaceAll(value, "_", " ")
		} else {
			made.argument = word
		}
	}
	return made
}

// at counts a moment, and gives what happens then.
func (s *Script) at(moment, device, to string) *play {
	s.lock.Lock()
	defer s.lock.Unlock()
	played := &play{}
	for _, each := range s.rules {
		if each.moment == moment && each.fits(device, to) && len(played.actions) == 0 {
			played.actions = each.actions
		}
	}
	return played
}

func (r *rule) fits(device, to string) bool {
	who := device
	if r.subject == "to" {
		who = to
	}
	if matched, _ := path.Match(r.pattern, who); !matched {
		return false
	}
	r.seen[who]++
	count := r.seen[who]
	return count >= r.first && count <= r.last && (count-r.first)%r.every == 0
}

func (s *Script) dropsRepeats() bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.dropped
}

func (p *play) find(name string) *action {
	for place := range p.actions {
		if p.actions[place].name == name {
			return &p.actions[place]
		}
	}
	return nil
}

func (p *play) does(name string) bool { return p.find(name) != nil }

func (a *action) number(option string) int {
	number, _ := strconv.Atoi(a.options[option])
	return number
}
