package rulesource

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// annotationPath is where the annotation that pauses a ConfigMap stands.
const annotationPath = "metadata.annotations[" + rules.AnnotationPaused + "]"

// pauseWord reads the annotation that pauses a ConfigMap. Only the word true
// does; a word that is neither true nor false is unclear.
func pauseWord(cm *corev1.ConfigMap) (paused, unclear bool) {
	word, found := cm.Annotations[rules.AnnotationPaused]
	return word == "true", found && word != "true" && word != "false"
}

func pauseBegan(cm *corev1.ConfigMap) note {
	n := on(cm, annotationPath, corev1.EventTypeNormal, reasonPaused)
	n.text = "Its rules are paused: still judged and counted, they keep no pod off until the annotation " + rules.AnnotationPaused + " is removed."
	return n
}

func pauseEnded(cm *corev1.ConfigMap) note {
	n := on(cm, annotationPath, corev1.EventTypeNormal, reasonResumed)
	n.text = "Its rules are no longer paused: those that fire keep pods off."
	return n
}

// pauseUnclear says that an annotation which may have been meant to pause does
// not.
func pauseUnclear(cm *corev1.ConfigMap) note {
	return on(cm, annotationPath, corev1.EventTypeWarning, reasonWarning).listing([]rules.Mistake{pauseMistake(cm)}, "Its rules are not paused.")
}

func pauseMistake(cm *corev1.ConfigMap) rules.Mistake {
	return rules.Mistake{
		File: cm.Namespace + "/" + cm.Name, Check: rules.CheckPause,
		Message: fmt.Sprintf("the annotation %s is %q, and only the word true pauses", rules.AnnotationPaused, cm.Annotations[rules.AnnotationPaused]),
		Mend:    fmt.Sprintf(`write %s: "true", or remove it`, rules.AnnotationPaused),
	}
}

// unclearPauses are the annotations that may have been meant to pause, and do not.
func unclearPauses(all ...[]*corev1.ConfigMap) (out []rules.Mistake) {
	for _, cm := range slices.Concat(all...) {
		if _, unclear := pauseWord(cm); unclear {
			out = append(out, pauseMistake(cm))
		}
	}
	return out
}

// readPause returns what the stop button says and what is wrong with it, and adds what
// there is to say of both to the facts.
func (s *Source) readPause(f *facts, now time.Time, hint hinter) (rules.Pause, []rules.Mistake) {
	defer func() { s.looked = true }()
	cm, err := s.pause.lister.ConfigMaps(s.opts.Namespace).Get(s.opts.PauseName)
	if apierrors.IsNotFound(err) {
		pauseMistakes.Set(0)
		s.late = nil
		return rules.Pause{}, nil
	}
	data := allData(cm)
	pause, mistakes := rules.ParsePause(cm.Namespace+"/"+cm.Name, data)
	mistakes = append(mistakes, over(cm, pause, now)...)
	s.late = s.findLate(cm, pause, now)
	mistakes = append(mistakes, tooLate(cm, pause, s.late)...)
	f.addEnded(cm, pause, s.late, now)
	pauseMistakes.Set(float64(len(mistakes)))
	_, silencing := data["silences"]
	effect := stands(pause, silencing, now, hint)
	if len(mistakes) > 0 {
		f.notes[mapSubject(cm, reasonPauseRejected)] = pauseRejected(cm, mistakes, effect)
	} else if pause.Block || pause.Evict || len(silencesAt(pause, now)) > 0 {
		f.notes[mapSubject(cm, reasonPressed)] = buttonPressed(cm, effect)
	}
	return pause, mistakes
}

// pauseRejected says what is wrong with the stop button, and what it does all the
// same.
func pauseRejected(cm *corev1.ConfigMap, mistakes []rules.Mistake, effect string) note {
	return on(cm, "", corev1.EventTypeWarning, reasonPauseRejected).listing(mistakes, clip(effect, maxNote/2))
}

// over says that a pause ended before it was read.
func over(cm *corev1.ConfigMap, pause rules.Pause, now time.Time) []rules.Mistake {
	if !pause.Block && !pause.Evict || pause.Until.IsZero() || now.Before(pause.Until) {
		return nil
	}
	return []rules.Mistake{{
		File: cm.Namespace + "/" + cm.Name, Check: rules.CheckPause, Path: "until", Warning: true,
		Message: fmt.Sprintf("%q has passed, so \"block\" and \"evict\" pause nothing", pause.Until.Format(time.RFC3339)),
		Mend:    `write a later time, or "false" for what it paused`,
	}}
}

// buttonPressed says what the stop button does.
func buttonPressed(cm *corev1.ConfigMap, effect string) note {
	n := on(cm, "", corev1.EventTypeNormal, reasonPressed)
	n.text = clip(effect, maxNote)
	return n
}

// stands says in words what is paused and what is silenced. silencing is true where
// somebody wrote silences, who wants to know of these. Of eviction it says what the
// metric does.
func stands(pause rules.Pause, silencing bool, now time.Time, hint hinter) string {
	silenced := listSilences(silencesAt(pause, now), hint)
	switch {
	case pause.BlocksPaused(now) && silenced != "":
		return pausedWords(pause, now) + " Silenced beside it: " + silenced + "."
	case pause.BlocksPaused(now):
		return pausedWords(pause, now)
	case silenced != "":
		return "Silenced: " + silenced + ". All other rules keep pods off." + evictionWords(pause, now)
	case silencing:
		return "NOTHING is silenced: rules keep pods off." + evictionWords(pause, now)
	case pause.EvictionPaused(now):
		return "NOTHING is paused but eviction: rules keep pods off."
	}
	return "NOTHING is paused: rules keep pods off."
}

func pausedWords(pause rules.Pause, now time.Time) string {
	return "Blocking is paused until " + end(pause) + credits(pause.By, pause.Why) + "." + evictionWords(pause, now)
}

func evictionWords(pause rules.Pause, now time.Time) string {
	switch {
	case !pause.EvictionPaused(now):
		return ""
	case pause.Unread:
		return " Eviction is paused until what cannot be read is mended."
	}
	return " Eviction is paused until " + end(pause) + credits(pause.By, pause.Why) + "."
}

// end says when a pause ends.
func end(pause rules.Pause) string {
	if pause.Until.IsZero() {
		return "somebody ends it"
	}
	return pause.Until.Format(time.RFC3339)
}

// logPause writes down that the stop button was pressed, changed or let go. That
// the time of the pause ran out shows in the metric alone.
func logPause(logger klog.Logger, before, now rules.Pause, at time.Time, hint hinter) {
	if samePause(before, now) {
		return
	}
	values := []any{"blockPaused", now.BlocksPaused(at), "evictPaused", now.EvictionPaused(at)}
	if silences := silencesAt(now, at); len(silences) > 0 {
		values = append(values, "silences", len(silences), "silenced", listSilences(silences, hint))
	}
	if !now.Until.IsZero() {
		values = append(values, "until", now.Until)
	}
	if said := credits(now.By, now.Why); said != "" {
		values = append(values, "credits", said)
	}
	if presses(before) && !presses(now) {
		logger.Info("The stop button was released", values...)
		return
	}
	logger.Info("The stop button was used", values...)
}

// presses reports whether a pause stops anything before it ends.
func presses(p rules.Pause) bool { return p.Block || p.Evict || p.Unread || len(p.Silences) > 0 }

// samePause reports whether two pauses stop the same until the same time.
func samePause(a, b rules.Pause) bool {
	return a.Block == b.Block && a.Evict == b.Evict && a.Unread == b.Unread && a.Until.Equal(b.Until) && slices.Equal(a.Silences, b.Silences)
}
