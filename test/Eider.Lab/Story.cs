// How the demo speaks: colours and pauses on a terminal, plain text elsewhere.

namespace Eider.Lab;

internal static class Story
{
    private static readonly bool OnTerminal = !Console.IsOutputRedirected;

    // Between steps, so that a person can follow.
    private static readonly TimeSpan Breath = OnTerminal ? TimeSpan.FromSeconds(1.2) : TimeSpan.FromSeconds(0.3);

    public static void Title(string text) => Console.WriteLine(OnTerminal ? $"\n\u001b[1;36m▶ {text}\u001b[0m" : $"\n* {text}");

    public static void Show(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            Console.WriteLine($"    {line}");
        }
    }

    public static void Pause() => Thread.Sleep(Breath);

    /// <summary>Shows what was said, and whether it holds all that it should.</summary>
    /// <param name="wanted">Each has to be in it.</param>
    public static bool Expect(string said, params string[] wanted)
    {
        var right = wanted.All(said.Contains);
        Console.WriteLine($"    {said}  {(right ? Good("as it should") : Bad("WRONG: expected " + string.Join(", ", wanted)))}");
        Pause();
        return right;
    }

    public static string Good(string text) => OnTerminal ? $"\u001b[32m{text}\u001b[0m" : text;

    public static string Bad(string text) => OnTerminal ? $"\u001b[1;31m{text}\u001b[0m" : text;
}
