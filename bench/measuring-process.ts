import { type ChildProcess, fork } from 'node:child_process'

/** Starts the process of a contender, and waits until it is ready for its turns. */
export async function startProcess(
  bundle: string,
  args: readonly string[],
  nodeOptions: readonly string[] = [],
): Promise<ChildProcess> {
  const child = fork(bundle, args, { execArgv: [...nodeOptions] })
  await nextAnswer(child)
  return child
}

/** The next message of a process, or an error when it ends instead. */
export function nextAnswer(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      child.off('message', onMessage).off('exit', onExit)
      finish()
    }
    const onMessage = (message: unknown) => settle(() => resolve(message))
    const onExit = (code: number | null) => settle(() => reject(new Error(`a measuring process ended with ${code}`)))
    child.on('message', onMessage).on('exit', onExit)
  })
}
