const KEY = 'e6data-console-statements'
const MOST = 50

/** The statements run in this tab, the latest last, in the tab's session storage. */
export class StatementHistory {
  /** @type {string[]} */
  #statements = read()
  #at = this.#statements.length
  #draft = ''

  /** @param {string} sql */
  add(sql) {
    this.#statements = [...this.#statements.filter((it) => it !== sql), sql].slice(-MOST)
    this.#at = this.#statements.length
    sessionStorage.setItem(KEY, JSON.stringify(this.#statements))
  }

  /** @param {string} now the statement being typed, which follows the newest */
  older(now) {
    if (this.#at === 0) return undefined
    if (this.#at === this.#statements.length) this.#draft = now
    this.#at -= 1
    const isSame = this.#statements[this.#at] === now && this.#at > 0
    if (isSame) this.#at -= 1
    return this.#statements[this.#at]
  }

  newer() {
    if (this.#at >= this.#statements.length) return undefined
    this.#at += 1
    return this.#statements[this.#at] ?? this.#draft
  }
}

/** @returns {string[]} */
function read() {
  const stored = sessionStorage.getItem(KEY)
  return stored === null ? [] : JSON.parse(stored)
}
