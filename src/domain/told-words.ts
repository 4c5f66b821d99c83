const LONGEST = 500;

/**
 * Words of somebody else as they are told to people and kept: short, without control characters, which databases and terminals
 * would stumble over, and without halves of characters.
 */
export function toldWords(words: string, most = LONGEST): string {
  const start = words.slice(0, most);
  const plain = start.replaceAll(/\p{Cs}/gu, '').replaceAll(/\p{Cc}+/gu, ' ');
  return words.length > most ? `${plain}…` : plain;
}
