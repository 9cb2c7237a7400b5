Eider.EmbeddedSqlite.Register();
return await Eider.Cli.CommandTree.Run(args);
