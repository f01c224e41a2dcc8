/** Name in `sessionStorage`: gone with the tab, sent nowhere by the browser itself, and in no address. */
export const tokenPlace = "mesh-token";

/** Where a reader with a browser puts a token. Without its script it is not there; none of its fields has a name to be sent by. */
export const signInForm = `<form id="sign-in" class="sign-in" hidden>
<label for="token">Token or service key</label>
<input id="token" type="password" autocomplete="off" spellcheck="false" required>
<button class="button" type="submit">Sign in</button>
</form>
<p class="sign-in"><span id="sign-in-said" role="status"></span> <button id="sign-out" class="button" type="button" hidden>Sign out</button></p>`;

/** Asks the mesh whether the token is good before it keeps it, so that a mistake is told where it was made. */
export const signInScript = String.raw`
(() => {
  const place = "${tokenPlace}";
  const [form, field, said, out] = ["sign-in", "token", "sign-in-said", "sign-out"].map((id) => document.getElementById(id));
  const show = (words, isWrong) => {
    const isIn = sessionStorage.getItem(place) !== null;
    form.hidden = isIn;
    out.hidden = !isIn;
    said.textContent = words ?? (isIn ? "You are signed in: GraphiQL asks with your token until you sign out or close this tab." : "");
    said.className = isWrong ? "wrong" : "";
  };
  const problemWith = async (token) => {
    if (!/^[\x21-\x7e]+$/.test(token)) return "That is no token: it is one word, without blanks.";
    const headers = { "content-type": "application/json", authorization: "Bearer " + token };
    try {
      const response = await fetch("/graphql", { method: "POST", headers, body: '{"query":"{ __typename }"}' });
      const [error] = (await response.json()).errors ?? [];
      return error && error.message + ".";
    } catch {
      return "The mesh does not answer. Try again in a moment.";
    }
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const token = field.value.trim().replace(/^Bearer\s+/i, "");
    const problem = await problemWith(token);
    if (problem !== undefined) return show(problem, true);
    sessionStorage.setItem(place, token);
    field.value = "";
    show();
    out.focus();
  });
  out.addEventListener("click", () => {
    sessionStorage.removeItem(place);
    show("You are signed out.");
    field.focus();
  });
  show();
})();
`;
