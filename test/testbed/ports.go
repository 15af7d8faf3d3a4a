package testbed

import (
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
)

// Ports come from below those that Linux gives to outgoing connections (32768 and
// up). A part whose port came from there could lose it to a mere client before
// its start, or while it is down.
const firstPort, lastPort = 20000, 32000

// chosen are the ports that this process has handed out. None comes twice: a part
// that is down keeps its own.
var chosen = struct {
	sync.Mutex
	ports map[int]bool
}{ports: map[int]bool{}}

// stretch is how many ports a process prefers. Others that run tests at the same time prefer
// other ones, nearly always: canListen does not see those of their parts that are down.
const stretch = 400

// freePort returns a port that nobody uses and nobody here will be given.
func freePort() (int, error) {
	chosen.Lock()
	defer chosen.Unlock()
	own := firstPort + os.Getpid()%((lastPort-firstPort)/stretch)*stretch
	for _, from := range [][2]int{{own, stretch}, {firstPort, lastPort - firstPort}} {
		for range from[1] {
			if port := from[0] + rand.IntN(from[1]); !chosen.ports[port] && canListen(port) {
				chosen.ports[port] = true
				return port, nil
			}
		}
	}
	return 0, errors.New("no port is free")
}

func canListen(port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// freePorts returns several.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		ports[i] = port
	}
	return ports, nil
}
