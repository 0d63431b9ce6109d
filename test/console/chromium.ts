import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

export const CHROMIUM_MISSING = 'chromium is not installed, so the console is not tried in a browser here'

/** Flags without updates and background traffic. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The path of the program; `undefined` when it is not installed. */
export function findChromium(path = process.env.PATH ?? ''): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, 'chromium'))
    .find((file) => existsSync(file))
}

/** @throws Error when the program is not installed */
export async function launchChromium(path?: string): Promise<Browser> {
  const executablePath = findChromium(path)
  if (executablePath === undefined) throw new Error(CHROMIUM_MISSING)
  return chromium.launch({ executablePath, args: FLAGS })
}

/** A page, and its hidden errors. */
export interface WatchedPage {
  page: Page
  /** Thrown errors, and messages of the browser, such as violations of the content policy. */
  complaints: string[]
}

export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const page = await browser.newPage({ viewport: { width: 1360, height: 960 }, ...options })
  page.setDefaultTimeout(20_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  return { page, complaints }
}
