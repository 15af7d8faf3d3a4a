package strictyaml

import "strings"

// Suggest returns the candidate that a mistyped word most likely meant, or ""
// when none is close. Case, hyphens and underscores do not count as typos.
func Suggest(word string, candidates []string) string {
	best, least := "", 0
	for _, candidate := range candidates {
		distance, near := apart(fold(word), fold(candidate))
		if !near {
			continue
		}
		if best == "" || distance < least {
			best, least = candidate, distance
		}
	}
	return best
}

// apart is how far two words are from each other, and whether that is near
// enough for one to have meant the other.
func apart(a, b string) (int, bool) {
	if shorter := min(len(a), len(b)); shorter >= leastPrefix && a[:shorter] == b[:shorter] {
		return 1, true
	}
	distance := typos(a, b)
	return distance, distance <= max(1, len(b)/3) && distance < len(b)
}

// leastPrefix is how much of a word says which one it is.
const leastPrefix = 3

// DidYouMean is the remedy for an unknown word: the likely one, else all.
func DidYouMean(word string, candidates []string) string {
	if likely := Suggest(word, candidates); likely != "" {
		return `did you mean "` + likely + `"?`
	}
	return "the known ones are " + strings.Join(candidates, ", ")
}

var folder = strings.NewReplacer("-", "", "_", "")

func fold(word string) string { return strings.ToLower(folder.Replace(strings.TrimSpace(word))) }

// maxTypoLength bounds the work for a hostile word; no name is as long.
const maxTypoLength = 64

// row holds the distances of one beginning of a word to every beginning of
// another.
type row [maxTypoLength + 1]int

// typos counts the letters to insert, delete, replace or swap with a neighbour
// that turn a into b (optimal string alignment).
func typos(a, b string) int {
	if len(a) > maxTypoLength || len(b) > maxTypoLength {
		return maxTypoLength
	}
	var before, last, current row
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			current[j] = min(last[j]+1, current[j-1]+1, last[j-1]+differ(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, last = last, current
	}
	return last[len(b)]
}

func differ(a, b byte) int {
	if a == b {
		return 0
	}
	return 1
}
