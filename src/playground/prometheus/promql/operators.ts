/** The precedence of operators. The grammar's tree nests loosely around suffixes, so order is settled here. */
import type { SyntaxNode } from '@lezer/common'
import type { BinaryOp } from './ast.ts'

/** One piece of an operator expression, in the order of the text. */
export type Piece =
  | { readonly kind: 'operand'; readonly node: SyntaxNode; readonly start: number }
  | { readonly kind: 'sign'; readonly op: '+' | '-'; readonly start: number }
  | { readonly kind: 'binary'; readonly op: BinaryOp; readonly node: SyntaxNode }
  /** `[5m]`, `[5m:1m]`, `offset 5m`, `@ 1`: the node that the grammar put around what it applies to. */
  | { readonly kind: 'suffix'; readonly node: SyntaxNode }

const suffixes = new Set([
  'MatrixSelector',
  'SubqueryExpr',
  'OffsetExpr',
  'StepInvariantExpr',
  'AnchoredExpr',
  'SmoothedExpr',
])

/** The pieces of the operator expression that starts at `node`; parentheses, calls and selectors stay whole. */
export function piecesOf(node: SyntaxNode, query: string): Piece[] {
  const pieces: Piece[] = []
  const add = (at: SyntaxNode): void => {
    const [first, second] = [at.firstChild, at.firstChild?.nextSibling]
    if (at.name === 'BinaryExpr' && first && second && at.lastChild) {
      add(first)
      pieces.push({ kind: 'binary', op: query.slice(second.from, second.to).toLowerCase() as BinaryOp, node: at })
      add(at.lastChild)
    } else if (at.name === 'UnaryExpr' && first && at.lastChild) {
      pieces.push({ kind: 'sign', op: query[first.from] === '-' ? '-' : '+', start: first.from })
      add(at.lastChild)
    } else if (suffixes.has(at.name) && first) {
      add(first)
      pieces.push({ kind: 'suffix', node: at })
    } else if (at.name === 'NumberDurationLiteral' && /^[+-]/.test(query.slice(at.from, at.to))) {
      pieces.push({ kind: 'sign', op: query[at.from] === '-' ? '-' : '+', start: at.from })
      pieces.push({ kind: 'operand', node: at, start: at.from + 1 + leadingSpace(query.slice(at.from + 1)) })
    } else {
      pieces.push({ kind: 'operand', node: at, start: at.from })
    }
  }
  add(node)
  return pieces
}

function leadingSpace(text: string): number {
  return text.length - text.trimStart().length
}

/** How tightly each operator binds; a sign binds like a multiplication, suffixes tightest. */
const precedence: Readonly<Record<BinaryOp, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '>': 3,
  '<': 3,
  '>=': 3,
  '<=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
}

/** What {@link fold} calls for each piece, innermost first. */
export interface Folding<T> {
  operand(piece: Extract<Piece, { kind: 'operand' }>): T
  suffix(piece: Extract<Piece, { kind: 'suffix' }>, inner: T): T
  sign(piece: Extract<Piece, { kind: 'sign' }>, inner: T): T
  binary(piece: Extract<Piece, { kind: 'binary' }>, left: T, right: T): T
}

/** Combines the pieces by precedence: all operators group to the left but `^`, which groups to the right. */
export function fold<T>(pieces: readonly Piece[], folding: Folding<T>): T {
  let at = 0
  const primary = (): T => {
    const piece = pieces[at++]
    if (piece?.kind === 'sign') return folding.sign(piece, operation(precedence['*'] + 1))
    if (piece?.kind !== 'operand') throw new Error('an operator expression has no operand')
    let result = folding.operand(piece)
    for (let next = pieces[at]; next?.kind === 'suffix'; next = pieces[++at]) result = folding.suffix(next, result)
    return result
  }
  const operation = (weakest: number): T => {
    let left = primary()
    for (let next = pieces[at]; next?.kind === 'binary'; next = pieces[at]) {
      const strength = precedence[next.op]
      if (strength < weakest) break
      at++
      left = folding.binary(next, left, operation(next.op === '^' ? strength : strength + 1))
    }
    return left
  }
  return operation(0)
}
