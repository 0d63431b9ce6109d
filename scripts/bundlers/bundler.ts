/** What a bundler is given: a folder with `program.mjs` and the packed connector, and where its own packages are. */
export interface BundleTask {
  folder: string
  modules: string
  out: string
}

/** A tool that makes files of a program, which then run without the folder's `node_modules`. */
export interface Bundler {
  /** npm packages with their versions. */
  packages: readonly string[]
  /** Whether the transport thread's program comes along. Where it does not, `transportThread` is refused with the reason. */
  thread: 'carried' | 'refused'
  /** @returns the command line of the program */
  bundle(task: BundleTask): Promise<readonly string[]>
}
