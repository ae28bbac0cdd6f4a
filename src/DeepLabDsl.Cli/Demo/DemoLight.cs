using System.Numerics;
using DeepLabDsl.Data;

namespace DeepLabDsl.Cli.Demo;

/// <summary>The hour and the weather.</summary>
internal sealed record DemoLight
{
    private const double DayShare = 0.45;

    public required Vector3 Zenith { get; init; }

    public required Vector3 Horizon { get; init; }

    public required Vector3 Sun { get; init; }

    public required Vector3 Cloud { get; init; }

    public required Vector3 CloudShade { get; init; }

    public required Vector3 Shadow { get; init; }

    public required float ShadowStrength { get; init; }

    /// <summary>What surfaces are multiplied with.</summary>
    public required Vector3 Tone { get; init; }

    /// <summary>Of the sky's height; 0 without a sun.</summary>
    public required float SunHeight { get; init; }

    /// <summary>-1: it shines from the left, 1: from the right.</summary>
    public required int SunSide { get; init; }

    /// <summary>How much brighter what faces the sun is; 0 to 1.</summary>
    public required float Directness { get; init; }

    public required float Haze { get; init; }

    public required int Clouds { get; init; }

    public required bool WindowsLit { get; init; }

    public Vector3 Shine(Vector3 color) => color * Tone;

    public static DemoLight Draw(SeededRandom random, DemoHours hours)
    {
        var side = random.NextBool() ? 1 : -1;
        var hour = random.NextDouble() * (hours == DemoHours.Day ? DayShare : 1);
        var height = (float)random.NextDouble();
        return hour switch
        {
            < DayShare => Day(height, side),
            < 0.70 => Evening(height, side),
            < 0.88 => Overcast(side),
            _ => Dusk(side),
        };
    }

    private static DemoLight Day(float height, int side) => new()
    {
        Zenith = new(.24f, .50f, .86f),
        Horizon = new(.76f, .87f, .95f),
        Sun = new(1, .98f, .86f),
        Cloud = new(.99f, .99f, 1),
        CloudShade = new(.80f, .85f, .91f),
        Shadow = new(.08f, .11f, .16f),
        ShadowStrength = 0.55f,
        Tone = new(1.06f, 1.04f, 1.0f),
        SunHeight = 0.5f + 0.4f * height,
        SunSide = side,
        Directness = 1,
        Haze = 0.55f,
        Clouds = 1,
        WindowsLit = false,
    };

    private static DemoLight Evening(float height, int side) => new()
    {
        Zenith = new(.34f, .44f, .70f),
        Horizon = new(.99f, .78f, .54f),
        Sun = new(1, .93f, .68f),
        Cloud = new(1, .86f, .74f),
        CloudShade = new(.80f, .60f, .60f),
        Shadow = new(.14f, .09f, .14f),
        ShadowStrength = 0.5f,
        Tone = new(1.08f, .93f, .78f),
        SunHeight = 0.12f + 0.3f * height,
        SunSide = side,
        Directness = 1,
        Haze = 0.6f,
        Clouds = 0,
        WindowsLit = false,
    };

    private static DemoLight Overcast(int side) => new()
    {
        Zenith = new(.60f, .65f, .71f),
        Horizon = new(.83f, .85f, .87f),
        Sun = Vector3.One,
        Cloud = new(.82f, .84f, .87f),
        CloudShade = new(.62f, .66f, .71f),
        Shadow = new(.10f, .11f, .12f),
        ShadowStrength = 0.3f,
        Tone = new(.84f, .86f, .88f),
        SunHeight = 0,
        SunSide = side,
        Directness = 0.25f,
        Haze = 0.8f,
        Clouds = 4,
        WindowsLit = false,
    };

    private static DemoLight Dusk(int side) => new()
    {
        Zenith = new(.10f, .13f, .30f),
        Horizon = new(.62f, .44f, .52f),
        Sun = Vector3.One,
        Cloud = new(.48f, .38f, .50f),
        CloudShade = new(.26f, .24f, .38f),
        Shadow = new(.04f, .04f, .08f),
        ShadowStrength = 0.35f,
        Tone = new(.50f, .50f, .64f),
        SunHeight = 0,
        SunSide = side,
        Directness = 0.3f,
        Haze = 0.5f,
        Clouds = 0,
        WindowsLit = true,
    };
}
