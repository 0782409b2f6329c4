using YarpWs.Gateway;

return await YarpwsCommand.Create().InvokeAsync(args);
