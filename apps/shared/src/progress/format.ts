/** 0.5 → `1s`, 80 → `1m 20s`, 4000 → `1h 07m`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${pad(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h ${pad(Math.floor((whole % 3600) / 60))}m`;
}

/** 950 → `950`, 14230 → `14.2k`, 2500000 → `2.5M`. */
export function formatCount(count: number): string {
  if (count < 10) return count.toFixed(1);
  if (count < 1000) return count.toFixed(0);
  return count < 999_950 ? `${(count / 1000).toFixed(1)}k` : `${(count / 1e6).toFixed(1)}M`;
}

/** A loss with four decimals, or in scientific notation if these would all be zeros. */
export function formatLoss(loss: number): string {
  if (!Number.isFinite(loss)) return String(loss);
  return loss !== 0 && Math.abs(loss) < 0.001 ? loss.toExponential(2) : loss.toFixed(4);
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
