using System;
using System.Collections.Generic;
using System.Numerics;
using DeepLabDsl.Data;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Cli.Demo;

/// <summary>
/// One road scene. Lengths are in metres and seen by a camera above the road: <c>nearness</c> is 0 at the horizon and 1 at
/// the picture's lower edge, and a length's pixels are proportional to it.
/// </summary>
internal sealed partial class DemoScene
{
    private const byte Sky = 0;
    private const byte Hill = 1;
    private const byte Grass = 2;
    private const byte Road = 3;
    private const byte Building = 4;
    private const byte Tree = 5;
    private const byte Car = 6;
    private const byte Person = 7;

    private const float CameraHeight = 3.1f;
    private const float RoadHalfWidth = 3.3f;

    private readonly SeededRandom _random;
    private readonly DemoCanvas _canvas;
    private readonly DemoLight _light;
    private readonly uint _noise;
    private readonly float _width;
    private readonly float _height;
    private readonly float _horizon;
    private readonly float _vanishing;
    private readonly float _bend;

    public DemoScene(ulong seed, int width, int height, DemoHours hours)
    {
        _random = new SeededRandom(seed);
        _canvas = new DemoCanvas(width, height);
        _noise = (uint)_random.NextBits();
        _width = width;
        _height = height;
        _light = DemoLight.Draw(_random, hours);
        _horizon = height * Between(0.36f, 0.47f);
        _vanishing = width * Between(0.38f, 0.62f);
        _bend = width * Between(-0.28f, 0.28f);
    }

    public SegmentationSample Draw(string name)
    {
        DrawSky();
        DrawHills();
        DrawGround();
        foreach (var (_, draw) in PlaceThings())
            draw();
        var (image, labels) = Finish();
        return new SegmentationSample(name, image, labels);
    }

    private float Between(float low, float high) => (float)_random.NextDouble(low, high);

    private Vector3 Pick(Vector3[] colors) => colors[_random.Next(0, colors.Length)];

    private Vector3 Vary(Vector3 color, float amount) =>
        Vector3.Clamp(color * Between(1 - amount, 1 + amount) + new Vector3(Between(-amount, amount), 0, Between(-amount, amount)) * 0.3f,
            Vector3.Zero, Vector3.One);

    private float RowOf(float nearness) => _horizon + nearness * (_height - _horizon);

    private float NearnessOf(float y) => (y - _horizon) / (_height - _horizon);

    private float PixelsPerMetre(float nearness) => nearness * (_height - _horizon) / CameraHeight;

    private float MiddleOf(float nearness)
    {
        var far = 1 - nearness;
        return _width / 2 + (_vanishing - _width / 2) * far + _bend * far * far * far;
    }

    // What is far away takes on the colour of the air.
    private Vector3 Haze(Vector3 color, float nearness) =>
        Vector3.Lerp(color, _light.Horizon, _light.Haze * MathF.Exp(-nearness * 9));

    /// <summary>What stands on the ground, from the farthest to the nearest.</summary>
    private List<(float Nearness, Action Draw)> PlaceThings()
    {
        var things = new List<(float Nearness, Action Draw)>();
        var plots = new List<(float Nearness, float Side)>();

        var houses = _random.Next(1, 5);
        for (var i = 0; i < houses; i++)
        {
            var nearness = Between(0.09f, 0.34f);
            var side = _random.NextBool() ? 1f : -1f;
            if (plots.Exists(p => p.Side == side && Math.Abs(p.Nearness - nearness) < 0.06f))
                continue;
            plots.Add((nearness, side));
            var x = side * (RoadHalfWidth + Between(4.5f, 9));
            things.Add((nearness, House(x, nearness)));
        }
        var trees = _random.Next(7, 16);
        for (var i = 0; i < trees; i++)
        {
            var nearness = 0.05f + 0.55f * MathF.Pow(Between(0, 1), 1.8f);
            var side = _random.NextBool() ? 1f : -1f;
            var x = side * (RoadHalfWidth + Between(1.6f, 3 + 9 * (1 - nearness)));
            things.Add((nearness, _random.NextBool(0.3) ? Conifer(x, nearness) : Broadleaf(x, nearness)));
        }
        var cars = new List<(float Nearness, bool Right)>();
        for (var i = _random.Next(1, 5); i > 0; i--)
        {
            var nearness = Between(0.13f, 0.78f);
            var right = _random.NextBool();
            if (cars.Exists(c => c.Right == right && Math.Abs(c.Nearness - nearness) < 0.12f + 0.2f * nearness))
                continue;
            cars.Add((nearness, right));
            things.Add((nearness, Vehicle((right ? 1 : -1) * Between(1.45f, 1.75f), nearness, comes: !right)));
        }
        for (var i = _random.Next(0, 5); i > 0; i--)
        {
            var nearness = Between(0.16f, 0.66f);
            var x = (_random.NextBool() ? 1 : -1) * Between(RoadHalfWidth + 0.3f, RoadHalfWidth + 1.5f);
            things.Add((nearness, Walker(x, nearness)));
        }
        things.Sort((a, b) => a.Nearness.CompareTo(b.Nearness));
        return things;
    }

    // The ground around the foot of a thing, darker on the side away from the sun.
    private void Shadow(float x, float y, float halfWidth, float halfHeight)
    {
        x -= _light.SunSide * halfWidth * 0.35f;
        _canvas.Tint(x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight, _light.Shadow, (px, py) =>
        {
            var dx = (px - x) / halfWidth;
            var dy = (py - y) / halfHeight;
            return _light.ShadowStrength * Math.Clamp((1 - dx * dx - dy * dy) * 2, 0, 1);
        });
    }

    private void Rectangle(float left, float top, float right, float bottom, byte label, Vector3 color) =>
        _canvas.Fill(left, top, right, bottom, label,
            (x, y) => x >= left && x < right && y >= top && y < bottom, (_, _) => color);

    private (RgbImage Image, LabelMap Labels) Finish()
    {
        var grain = Between(0.006f, 0.022f);
        var vignette = Between(0.06f, 0.2f);
        var exposure = Between(0.92f, 1.08f);
        return _canvas.Finish((x, y, color) =>
        {
            var (dx, dy) = (x / _width - 0.5f, y / _height - 0.5f);
            var speck = new Vector3(
                ValueNoise.Hash(_noise + 31, (int)x, (int)y) - 0.5f, ValueNoise.Hash(_noise + 32, (int)x, (int)y) - 0.5f,
                ValueNoise.Hash(_noise + 33, (int)x, (int)y) - 0.5f);
            return color * (exposure * (1 - vignette * 2 * (dx * dx + dy * dy))) + speck * (2 * grain);
        });
    }
}
