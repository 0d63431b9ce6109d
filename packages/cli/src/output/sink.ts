import { once } from 'node:events'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Interruption } from '../interruption.ts'

/** The destination of a result. */
export interface Sink {
  /** Writes, and waits for a slow reader, so that output does not pile up. */
  write(chunk: string | Uint8Array): Promise<void>
  /** Called when the result is complete. */
  commit(): Promise<void>
  /** Called when the result is incomplete. Has no effect after `commit`. */
  abandon(): Promise<void>
}

/** Standard output, or another stream that stays open. */
export class StreamSink implements Sink {
  constructor(
    private readonly stream: NodeJS.WritableStream,
    private readonly interruption: Pick<Interruption, 'signal'>,
  ) {}

  async write(chunk: string | Uint8Array): Promise<void> {
    const { signal } = this.interruption
    signal.throwIfAborted()
    if (!this.stream.write(chunk)) await once(this.stream, 'drain', { signal })
  }

  async commit(): Promise<void> {
    const { stream } = this
    await new Promise<void>((resolve, reject) => {
      stream.write('', (error) => (error ? reject(error) : resolve()))
    })
  }

  async abandon(): Promise<void> {
    // Written output cannot be undone.
  }
}

/** A file that gets its name once it is complete. */
export class FileSink implements Sink {
  readonly #path: string
  readonly #draft: string
  readonly #handle: FileHandle
  #state: 'open' | 'closed' = 'open'

  private constructor(path: string, draft: string, handle: FileHandle) {
    this.#path = path
    this.#draft = draft
    this.#handle = handle
  }

  /** A device or a named pipe, which is written to directly. */
  static async open(path: string): Promise<FileSink> {
    const draft = (await isSpecial(path)) ? path : draftPath(path)
    return new FileSink(path, draft, await open(draft, 'w'))
  }

  async write(chunk: string | Uint8Array): Promise<void> {
    await this.#handle.writeFile(chunk)
  }

  async commit(): Promise<void> {
    this.#state = 'closed'
    await this.#handle.close()
    if (this.#draft !== this.#path) await rename(this.#draft, this.#path)
  }

  async abandon(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    await this.#handle.close()
    if (this.#draft !== this.#path) await rm(this.#draft, { force: true })
  }
}

/** The hidden draft next to the file, so that renaming it is atomic. */
export function draftPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.part`)
}

async function isSpecial(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isFile()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
