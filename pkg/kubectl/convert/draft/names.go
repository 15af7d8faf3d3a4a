package draft

import (
	"fmt"
	"hash/fnv"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Names makes names that the rule format takes, a different one for each text. The zero
// value is ready.
type Names struct{ owners map[string]string }

// longestName is that of the rule format.
const longestName = 63

var unfit = regexp.MustCompile(`[^a-z0-9]+`)

// For returns the name of a kind of thing, such as "rule", that is called so elsewhere.
// It is always the same for the first who asks; where two would have one name, the second
// gets one with a hash of what it is called.
func (n *Names) For(kind, called string) string {
	if n.owners == nil {
		n.owners = map[string]string{}
	}
	name := strings.Trim(unfit.ReplaceAllString(strings.ToLower(called), "-"), "-")
	if owner, taken := n.owners[kind+" "+name]; name == "" || len(name) > longestName || taken && owner != called {
		name = hashed(name, called)
	}
	n.owners[kind+" "+name] = called
	return name
}

// hashed shortens a name and makes it one of its own.
func hashed(name, called string) string {
	hash := fnv.New32a()
	hash.Write([]byte(called))
	end := fmt.Sprintf("%08x", hash.Sum32())
	if most := longestName - len(end) - 1; len(name) > most {
		name = strings.Trim(name[:most], "-")
	}
	return strings.Trim(name+"-"+end, "-")
}

// Sentence begins a message with a capital letter and ends it with a period.
func Sentence(message string) string {
	first, size := utf8.DecodeRuneInString(message)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(message[size:], ".") + "."
}

// AnyError reports whether a remark is an error.
func AnyError(remarks []Remark) bool {
	for _, r := range remarks {
		if r.Severity == Error {
			return true
		}
	}
	return false
}
