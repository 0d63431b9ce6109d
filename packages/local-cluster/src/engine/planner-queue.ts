import type { PlannerQueueAnswer } from './engine-control.ts'

/** Plays the queue of a cluster whose planners scale: a script of answers, then always free. */
export class PlannerQueue {
  answers: PlannerQueueAnswer[] = []

  next(): PlannerQueueAnswer {
    return this.answers.shift() ?? 'GO_AHEAD'
  }
}
