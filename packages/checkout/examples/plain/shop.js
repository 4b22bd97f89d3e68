// What is shown may change here; what is delivered is decided by your server, which asks the hub or listens to its webhooks.
document.addEventListener('paid', ({ detail }) => {
  document.querySelector('#said').textContent = `Thank you for ${detail.currency} ${detail.amount}.`
})
