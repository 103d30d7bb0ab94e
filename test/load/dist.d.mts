/** Builds when something changed; the path of a copied start file, which goes when this process ends. */
export function copyOfDist(): Promise<string>;
