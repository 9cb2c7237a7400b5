// eider-lab: the lab from the command line.

using Eider.Lab;

const string Usage = """
    usage: eider-lab demo --agent PATH    pods, a resolver and real clients; their queries shown live by the agent at PATH
           eider-lab check                builds a lab, runs every client once, removes the lab
           eider-lab clean                removes what killed labs left behind
           eider-lab dotnet-client NAME   fetches http://NAME/, as one of the lab's clients
    """;

try
{
    switch (args)
    {
        case ["demo", "--agent", var agent]:
            return Demo.Run(agent);
        case ["check"]:
            return Check.Run();
        case ["clean"]:
            Console.WriteLine($"labs removed: {Slot.CleanAll()}");
            return 0;
        case ["dotnet-client", var name]:
            return await DotnetClient.FetchAsync(name);
        default:
            Console.Error.WriteLine(Usage);
            return 2;
    }
}
catch (LabException failure)
{
    Console.Error.WriteLine($"eider-lab: {failure.Message}");
    return 1;
}
