// Package home proves that a pod which is to be moved has a node to go to.
//
// A proof runs the complete Filter chain of the pod's profile, on a copy of the cluster:
// without the victims, with those already on their way, and with the room that is held.
// The frameworks that run it are this package's own: they share informers with the live
// ones and place nothing, and the copy comes from Cache.Dump, which takes nothing away from
// the scheduler's own snapshot.
//
// What is proved is that some node takes the pod now. The scheduler is free to choose a
// better one when the pod comes.
package home
