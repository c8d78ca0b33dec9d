// Where an answer of the server says that its change is taken back: `Link: </api/…>; rel="undo"`.

/** @type {WeakMap<object, string>} */
const undos = new WeakMap();

/** @type {Map<string, any>} */
const pictures = new Map(); // "id version" of a picture that was changed -> the answer to it

/** Note what the headers of an answer say and give the answer. @param {Response} response @param {any} answer */
export function noteUndo(response, answer) {
  const url = /<([^>]+)>; rel="undo"/.exec(response.headers.get("Link") ?? "")?.[1];
  if (!url || !answer) return answer;
  undos.set(answer, url);
  if (answer.version) pictures.set(`${answer.id} ${answer.version}`, answer);
  return answer;
}

/** Give the answer that a change of a picture came back with. @param {string | number} id @param {number} version @returns {ImageJson | undefined} */
export const answerOf = (id, version) => pictures.get(`${id} ${version}`);

/** Give the address that takes the change of an answer back; undefined when it changed nothing. @param {object} answer */
export const undoOf = (answer) => undos.get(answer);
