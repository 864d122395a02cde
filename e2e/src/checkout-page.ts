/** Presses a button of the checkout page, as a browser without scripts does, and returns the page that follows. */
export async function press({ checkoutUrl }: { readonly checkoutUrl: string }, label: string): Promise<string> {
  const page = await (await fetch(checkoutUrl)).text();
  const forms = [...page.matchAll(/<form method="post" action="([^"]+)"><button[^>]*>([^<]+)<\/button>/g)];
  const action = forms.find(([, , text]) => text === label)?.[1];
  if (action === undefined) throw new Error(`there is no button "${label}": ${forms.map(([, , text]) => text).join()}`);
  const answer = await fetch(new URL(action, checkoutUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  if (answer.status !== 200) throw new Error(`the button "${label}" answered ${answer.status}`);
  return answer.text();
}
