/** Options for resuming a suspended cluster. */
export interface ResumeOptions {
  /** The time to wait for the cluster to become active, in milliseconds. @default 300000 */
  autoResumeTimeoutMs?: number
  /** The pause between two checks of the cluster's status, in milliseconds. @default 5000 */
  autoResumePollMs?: number
}
