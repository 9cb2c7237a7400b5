return await Eider.Cli.CommandTree.Run(args);
