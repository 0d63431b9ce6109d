import type { PlannerQueueAnswer } from './engine-control.ts'

/** Simulates the planner queue: a script of answers, then GO_AHEAD. */
export class PlannerQueue {
  answers: PlannerQueueAnswer[] = []

  next(): PlannerQueueAnswer {
    return this.answers.shift() ?? 'GO_AHEAD'
  }
}
