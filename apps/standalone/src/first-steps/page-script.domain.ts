/**
 * The page's only script; its hash stands in the Content-Security-Policy. It shows the copy buttons where the browser
 * can copy; without it nothing is missing, because one click marks a whole block.
 */
export const pageScript = `
if (navigator.clipboard) {
  const status = document.querySelector('[role=status]');
  for (const button of document.querySelectorAll('button[data-copied]')) {
    const label = button.textContent;
    const code = button.parentElement.querySelector('code');
    button.hidden = false;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = status.textContent = button.dataset.copied;
      setTimeout(() => {
        button.textContent = label;
        status.textContent = '';
      }, 2000);
    });
  }
}
`;
