/** What the status line says for a while. Pure. */
import type { DashboardState, Message } from './state.ts';

const INFO_MS = 8_000;
const ERROR_MS = 20_000;

export function withInfo(state: DashboardState, text: string): DashboardState {
  return withMessage(state, text, 'info', INFO_MS);
}

export function withError(state: DashboardState, text: string): DashboardState {
  return withMessage(state, text, 'error', ERROR_MS);
}

function withMessage(
  state: DashboardState,
  text: string,
  level: Message['level'],
  ms: number,
): DashboardState {
  return { ...state, message: { text, level, untilMs: state.nowMs + ms } };
}
