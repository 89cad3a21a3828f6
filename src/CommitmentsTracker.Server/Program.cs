using CommitmentsTracker.Server.Hosting;

return await TrackerCommands.RunAsync(args);
