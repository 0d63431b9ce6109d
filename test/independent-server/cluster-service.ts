import type { EngineAnswer } from './engine.ts'
import { bytesField, message } from './protobuf.ts'

export type ClusterStatus = 'active' | 'suspended' | 'resuming'

const UNIMPLEMENTED = 12

/** Suspends and resumes the cluster. While it is not active, the proxies answer 503 for the engines. */
export class ClusterService {
  status: ClusterStatus = 'active'
  resumes = 0
  #resumedAt = 0

  /** @param resumeMs how long resuming takes, in milliseconds */
  constructor(readonly resumeMs: number) {}

  get isActive(): boolean {
    if (this.status === 'resuming' && performance.now() >= this.#resumedAt) this.status = 'active'
    return this.status === 'active'
  }

  answer(method: string): EngineAnswer {
    if (method === 'suspend') this.status = 'suspended'
    if (method === 'resume' && !this.isActive) {
      this.resumes += 1
      this.status = 'resuming'
      this.#resumedAt = performance.now() + this.resumeMs
    }
    if (!['status', 'suspend', 'resume'].includes(method)) return { code: UNIMPLEMENTED, text: `no method ${method}` }
    return { message: message(bytesField(1, this.isActive ? 'active' : this.status)) }
  }
}
