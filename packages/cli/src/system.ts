/** What differs between the operating systems that the command runs on. */
interface System {
  /** The editor of everyone who has named none. */
  readonly editor: string
  /** How a command line of the system's shell gives the value of an environment variable, as one word. */
  readonly variableInShell: (name: string) => string
  /** What may follow the name of a program in its file's name. */
  readonly programEndings: readonly string[]
  /** The command that ends a process which does not end when it is asked. */
  readonly endProcess: (pid: number) => string
}

const UNIX: System = {
  editor: 'vi',
  variableInShell: (name) => `"$${name}"`,
  programEndings: [''],
  endProcess: (pid) => `kill -9 ${pid}`,
}

const WINDOWS: System = {
  editor: 'notepad',
  variableInShell: (name) => `"%${name}%"`,
  programEndings: ['.exe', '.com', '.cmd', '.bat'],
  endProcess: (pid) => `taskkill /F /PID ${pid}`,
}

/** The system of a platform; of the one that this process runs on when none is given. */
export function systemOf(platform: NodeJS.Platform = process.platform): System {
  return platform === 'win32' ? WINDOWS : UNIX
}
