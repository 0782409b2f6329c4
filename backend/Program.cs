using YarpWs.Backend;

return await YarpwsBackendCommand.Create().InvokeAsync(args);
