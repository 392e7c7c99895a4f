export function removePlace(): void;
